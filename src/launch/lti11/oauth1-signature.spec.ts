import fc from 'fast-check';
import {
  baseString,
  type Pair,
  percentEncode,
  type SignatureMethod,
  signatureOf,
} from './oauth1-signature.js';

const launchUrl = 'https://tool.example.edu/lti/1.1/launch';

/** What Python's `quote` and `openssl dgst` made signatures of. */
const launch = {
  method: 'POST',
  url: launchUrl,
  pairs: [
    ['lti_message_type', 'basic-lti-launch-request'],
    ['resource_link_title', "Jürgen's *first* (test)! \u{1F600} ~"],
    ['custom_a', '1 + 1 = 2 & more'],
    ['custom_a', ''],
    ['oauth_consumer_key', 'k/1'],
    ['oauth_nonce', 'n'],
    ['oauth_signature_method', 'HMAC-SHA1'],
  ] as Pair[],
};

describe('the signature of OAuth 1.0', () => {
  it('makes the base string of RFC 5849 3.4.1.1', () => {
    const pairs = [
      ...new URLSearchParams('b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      ['oauth_signature', 'bYT5CMsGcbgUdFHObYMEfcx6bsw='],
      ...new URLSearchParams('c2&a3=2+q'),
    ] as Pair[];
    expect(baseString({ method: 'post', url: 'http://EXAMPLE.com/request?x=1', pairs })).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
        'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  it.each([
    ['http://EXAMPLE.COM:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
    ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
    ['https://tool.example.edu:443/a#b', 'https://tool.example.edu/a'],
  ])('takes %s for the base URL %s (RFC 5849 3.4.1.2)', (url, base) => {
    expect(baseString({ method: 'GET', url, pairs: [] })).toBe(`GET&${percentEncode(base)}&`);
  });

  it('makes the signature of RFC 5849 1.2, which knows no token either', () => {
    const pairs: Pair[] = [
      ['oauth_consumer_key', 'dpf43f3p2l4k3l03'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131200'],
      ['oauth_nonce', 'wIjqoS'],
      ['oauth_callback', 'http://printer.example.com/ready'],
    ];
    const request = { method: 'POST', url: 'https://photos.example.net/initiate', pairs };
    expect(signatureOf(request, 'HMAC-SHA1', 'kd94hf93k423kf44')).toBe('74KNZJeDHnMBp0EMJ9ZHt/XKycU=');
  });

  it.each<[SignatureMethod, string]>([
    ['HMAC-SHA1', '8omg+sosoBoT0g6LDpgLCRZ4Vp0='],
    ['HMAC-SHA256', 'ILlBxLFuIBAjVkIHU8BeAZxSonLb5oHJTtDae9AAZGI='],
  ])(
    'signs by %s what others sign: any character, in names that come twice, and in secrets',
    (method, signature) => {
      expect(signatureOf(launch, method, 's&crét +/')).toBe(signature);
    },
  );

  it('signs all of a form but the signature, realm too: nothing can be added to it', () => {
    const signed = signatureOf(launch, 'HMAC-SHA1', 's');
    const withOne = (pair: Pair) =>
      signatureOf({ ...launch, pairs: [...launch.pairs, pair] }, 'HMAC-SHA1', 's');
    expect(withOne(['oauth_signature', 'x'])).toBe(signed);
    expect(withOne(['realm', 'x'])).not.toBe(signed);
    expect(withOne(['custom_a', ''])).not.toBe(signed);
  });

  const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
    maxLength: 12,
  });
  const sign = (signed: readonly Pair[], secret: string) =>
    signatureOf({ method: 'POST', url: launchUrl, pairs: signed }, 'HMAC-SHA256', secret);

  it('is the same whatever the order, and after a way through a form', () => {
    fc.assert(
      fc.property(pairs, fc.string({ unit: 'grapheme' }), (signed, secret) => {
        const posted = [...new URLSearchParams(new URLSearchParams(signed).toString())].reverse();
        expect(sign(posted, secret)).toBe(sign(signed, secret));
      }),
    );
  });

  it('is another after any change of a name, a value or the secret', () => {
    const change = fc.constantFrom('x', ' ', '&', '=', '%20');
    fc.assert(
      fc.property(pairs, fc.nat(), change, (others, place, by) => {
        const signed: Pair[] = [...others, ['custom_a', 'b']];
        const at = place % signed.length;
        const [name, value] = signed[at]!;
        const changed: Pair[] = [
          [name, value + by],
          [name + by, value],
        ];
        for (const pair of changed) expect(sign(signed.with(at, pair), 's')).not.toBe(sign(signed, 's'));
        expect(sign(signed, `s${by}`)).not.toBe(sign(signed, 's'));
      }),
    );
  });
});
