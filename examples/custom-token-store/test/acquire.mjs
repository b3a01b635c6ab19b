// A process of its own: acquires the lease of a registration, prints whether it got it, and waits.
import { AccessTokenKey, TokenCipher } from 'nest-lti';
import { LmdbTokenStore } from '../dist/lmdb-token-store.js';

const [path, encryptionKeys, registrationId, termMs] = process.argv.slice(2);
const store = new LmdbTokenStore(path, TokenCipher.of(encryptionKeys));
const key = new AccessTokenKey(registrationId, 1, ['a']);
const lease = await store.acquire(key, { termMs: Number(termMs), holder: `process ${process.pid}` });
console.log(lease === undefined ? 'held' : 'acquired');
setInterval(() => undefined, 1000);
