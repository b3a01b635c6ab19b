const main = document.querySelector('main');
const call = async (path, body) => {
  const headers = { authorization: `Bearer ${main.dataset.token}`, 'content-type': 'application/json' };
  const response = await fetch(
    path,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
  );
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.message);
  return answer;
};
const say = (text) =>
  main.append(Object.assign(document.createElement('p'), { role: 'status', textContent: text }));

call('/quiz/questions')
  .then(({ title, questions }) => {
    const form = document.createElement('form');
    main.append(Object.assign(document.createElement('h1'), { textContent: title }), form);
    for (const question of questions) {
      const label = Object.assign(document.createElement('label'), { textContent: `${question} ` });
      label.append(Object.assign(document.createElement('input'), { name: 'answers' }));
      form.append(label);
    }
    form.append(Object.assign(document.createElement('button'), { textContent: 'Hand in' }));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const { points, of } = await call('/quiz/answers', { answers: new FormData(form).getAll('answers') });
      form.remove();
      say(`${points} of ${of} points`);
    });
  })
  .catch((error) => say(error.message));
