/** The message about a consent that its window sends to the tool's page by postMessage. */
export interface ConsentMessage {
  subject: 'nest-lti.user-grant';
  status: 'authorized' | 'failed';
  /** The code of the error. */
  code?: string;
}

/** The data of the window of the consent: its result, for the tool's page that opened it. */
export interface ConsentDone {
  step: 'done';
  /** The origin that may receive it. */
  origins: readonly string[];
  message: ConsentMessage;
}

/** For the frame that opened the window: waits for its message. */
export interface ConsentFrame {
  step: 'frame';
  /** Our own. */
  origin: string;
}

/** ES2019, because it is sent unchanged. Reads ConsentDone or ConsentFrame from `#launch-data`. */
export const consentScript = `
'use strict';
(function () {
  var data = JSON.parse(document.getElementById('launch-data').textContent);

  if (data.step === 'done') {
    tell();
    var close = document.getElementById('close');
    // Browsers let a script close only a window that a script opened.
    close.hidden = !window.opener;
    close.addEventListener('click', function () { window.close(); });
    if (data.message.status === 'authorized' && window.opener) window.close();
  } else {
    window.addEventListener('message', function (event) {
      var message = event.data;
      if (event.origin !== data.origin || !message || message.subject !== 'nest-lti.user-grant') return;
      if (message.status !== 'authorized') return;
      document.getElementById('ask').hidden = true;
      document.getElementById('done').hidden = false;
    });
  }

  /** The browser delivers it only if the window still shows the tool. */
  function tell() {
    if (!window.opener || window.opener === window) return;
    data.origins.forEach(function (origin) {
      try {
        window.opener.postMessage(data.message, origin);
      } catch (gone) {
        // A window that cannot be reached retries by itself.
      }
    });
  }
})();
`;
