import { sql } from './sql.js';

/** A trigger that creates the registration of each stored access token, so that a test may invent registration ids. */
export async function allowMadeUpRegistrations(url: string): Promise<void> {
  await sql(
    url,
    `CREATE FUNCTION nest_lti.make_up_registration() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO nest_lti.registration (id, name, issuer, client_id, authorization_url, token_url, jwks_url, scopes,
         platform_family, revision, refused_scopes, created_at, updated_at)
       VALUES (new.registration_id, 'Made up', 'https://lms.example.edu', new.registration_id, 'https://lms.example.edu/auth',
         'https://lms.example.edu/token', 'https://lms.example.edu/jwks', '{}', 'generic', 1, '[]', now(), now())
       ON CONFLICT DO NOTHING;
       RETURN new;
     END $$`,
  );
  await sql(
    url,
    `CREATE TRIGGER make_up_registration BEFORE INSERT ON nest_lti.access_token
     FOR EACH ROW EXECUTE FUNCTION nest_lti.make_up_registration()`,
  );
}
