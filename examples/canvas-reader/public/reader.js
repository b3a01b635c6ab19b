const main = document.querySelector('main');
const headers = { authorization: `Bearer ${main.dataset.token}` };

const button = (text, onClick) => {
  const element = Object.assign(document.createElement('button'), { textContent: text });
  element.addEventListener('click', onClick);
  return element;
};
const paragraph = (text) => Object.assign(document.createElement('p'), { role: 'status', textContent: text });

const logOut = async () => {
  const { ok } = await fetch('/user-grants/logout', { method: 'POST', headers });
  main.replaceChildren(
    paragraph(ok ? 'The reader has no access to your courses any more.' : 'Try again later.'),
  );
};

const read = async () => {
  const response = await fetch('/reader/courses', { headers });
  const answer = await response.json();
  if (answer.authorizeUrl) {
    // Canvas does not show its consent page in a frame.
    const ask = button('Show my courses', () => window.open(answer.authorizeUrl, '_blank'));
    main.replaceChildren(paragraph('The reader needs your permission.'), ask);
  } else if (response.ok) {
    const { name, courses } = answer;
    main.replaceChildren(paragraph(`${name}: ${courses.join(', ')}`), button('Log out', logOut));
  } else {
    main.replaceChildren(paragraph(answer.detail ?? answer.message));
  }
};

// The window of the consent reports that it is done, and closes itself.
window.addEventListener('message', ({ origin, data }) => {
  if (origin === location.origin && data?.subject === 'nest-lti.user-grant') read();
});
read();
