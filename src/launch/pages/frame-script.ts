/** The platform's storage, which a page in its frame can use (LTI Client Side postMessages 1.0). */
export interface PlatformStorage {
  /** `lti_storage_target`: `_parent`, or the name of a frame of the parent. */
  frame?: string;
  /** The origin of the platform's authorization URL. Only this origin gets a value, and only its answers count. */
  origin: string;
  key: string;
}

export interface LoginData {
  step: 'login';
  authorizationUrl: string;
  storage: PlatformStorage & { value: string };
}

export interface ProofData {
  step: 'proof';
  storage: PlatformStorage;
}

/**
 * The script of the login page and of the proof page: ES2019, as it is sent. It reads LoginData or ProofData from `#launch-data`,
 * and uses the elements of `newWindow` and of the proof page.
 */
export const frameScript = `
'use strict';
(function () {
  var ANSWER_WITHIN_MS = 1500;
  var REPEAT_AFTER_MS = 250;
  var data = JSON.parse(document.getElementById('launch-data').textContent);
  var isFramed = window.parent !== window;
  var platform = isFramed ? window.parent : window.opener || window.parent;

  document.addEventListener('submit', function () { show('elsewhere'); });

  (data.step === 'login' ? login() : prove()).catch(function () {
    // A window of our own that keeps no cookie would be followed by another one, and so on.
    show(isFramed || keepsCookies() ? 'new-window' : 'no-cookies');
  });

  async function login() {
    if (!keepsCookies()) await askStorage('lti.put_data', { key: data.storage.key, value: data.storage.value });
    // Not in the history: going back must not start the login again.
    window.location.replace(data.authorizationUrl);
  }

  async function prove() {
    var answer = await askStorage('lti.get_data', { key: data.storage.key });
    if (typeof answer.value !== 'string' || answer.value === '') throw new Error('nothing is stored');
    var form = document.getElementById('proof');
    form.elements.namedItem('lti_storage_value').value = answer.value;
    form.submit();
  }

  /** Whether a cookie like that of the login stays. Its name is this frame's own: others may be asking, too. */
  function keepsCookies() {
    var attributes = '; Path=/; SameSite=None; Secure; Partitioned';
    var cookie = 'lti_probe_' + randomId() + '=1';
    try {
      document.cookie = cookie + '; Max-Age=60' + attributes;
      var isKept = document.cookie.split('; ').includes(cookie);
      document.cookie = cookie + '; Max-Age=0' + attributes;
      return isKept;
    } catch (sandboxed) {
      return false;
    }
  }

  /** Asks the frame that the platform named, or else the one that it names when it is asked for what it can do. */
  async function askStorage(subject, fields) {
    if (platform === window) throw new Error('there is no platform beside us');
    var named = data.storage.frame;
    if (named) {
      try {
        return await ask(named, data.storage.origin, subject, fields);
      } catch (failure) {
        // The platform may have another one.
      }
    }
    // Sent to any origin: the question is not a secret. The value is sent only to the platform's origin.
    var able = await ask('_parent', '*', 'lti.capabilities', {});
    var supported = Array.isArray(able.supported_messages) ? able.supported_messages : [];
    var entry = supported.find(function (message) { return message && message.subject === subject; });
    var other = entry && (entry.frame || '_parent');
    if (!other || other === named) throw new Error('the platform stores nothing');
    return ask(other, data.storage.origin, subject, fields);
  }

  /** The frame, if there is one by now: names come from outside, and may be anything. */
  function frameOf(name) {
    if (name === '_parent') return platform;
    try {
      var frame = platform.frames[name];
      return frame && typeof frame.postMessage === 'function' ? frame : undefined;
    } catch (noSuchFrame) {
      return undefined;
    }
  }

  /** Posts a message, and waits for the answer to it: of this frame, from this origin ('*': any), and not an error. */
  function ask(name, origin, subject, fields) {
    return new Promise(function (resolve, reject) {
      var id = randomId();
      var timeout = setTimeout(function () { end(reject, new Error('no answer')); }, ANSWER_WITHIN_MS);
      // The platform's frame may still be loading, as ours was: what it misses comes again.
      var repetition = setInterval(post, REPEAT_AFTER_MS);
      window.addEventListener('message', receive);
      post();

      function post() {
        var frame = frameOf(name);
        if (frame) frame.postMessage(Object.assign({ subject: subject, message_id: id }, fields), origin);
      }

      function receive(event) {
        if (event.source !== frameOf(name) || (origin !== '*' && event.origin !== origin)) return;
        var answer = event.data;
        if (!answer || answer.message_id !== id || answer.subject !== subject + '.response') return;
        if (answer.error) end(reject, new Error('refused'));
        else end(resolve, answer);
      }

      function end(settle, outcome) {
        clearTimeout(timeout);
        clearInterval(repetition);
        window.removeEventListener('message', receive);
        settle(outcome);
      }
    });
  }

  function randomId() {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), function (part) { return part.toString(36); }).join('');
  }

  /** One part of the page, and no other. */
  function show(id) {
    ['progress', 'new-window', 'elsewhere', 'no-cookies'].forEach(function (each) {
      document.getElementById(each).hidden = each !== id;
    });
  }
})();
`;
