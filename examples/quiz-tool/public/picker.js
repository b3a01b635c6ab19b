const main = document.querySelector('main');
const headers = { authorization: `Bearer ${main.dataset.token}`, 'content-type': 'application/json' };

const pick = async (quiz) => {
  const response = await fetch('/picker/pick', { method: 'POST', headers, body: JSON.stringify({ quiz }) });
  const { jwt, returnUrl } = await response.json();
  const form = Object.assign(document.createElement('form'), { method: 'post', action: returnUrl });
  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'JWT', value: jwt }));
  main.append(form);
  form.submit();
};

const quizzes = await (await fetch('/picker/quizzes', { headers })).json();
for (const { id, title } of quizzes) {
  const button = Object.assign(document.createElement('button'), { textContent: title });
  button.addEventListener('click', () => pick(id));
  main.append(button);
}
