import { cachedPrometheus, cachedPythonClient, fetchTestClients } from '../../scripts/lib/test-clients.mjs';

/** The environment in which Python finds Debian's client, which is not installed; fetched when it is missing. */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  fetchTestClients();
  return { PYTHONPATH: cachedPythonClient() ?? '', PYTHONDONTWRITEBYTECODE: '1' };
}

/** Debian's Prometheus; fetched when it is missing. */
export function prometheus(): string {
  fetchTestClients();
  return cachedPrometheus() ?? 'prometheus';
}
