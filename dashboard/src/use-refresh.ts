import { useEffect } from 'preact/hooks';

const EVERY_MS = 60_000;

/** Reads again each minute while the page is seen, and when it is seen again. */
export function useRefresh(reload: () => void, isActive = true): void {
  useEffect(() => {
    if (!isActive) return;
    const refresh = (): void => {
      if (document.visibilityState === 'visible') reload();
    };
    const timer = setInterval(refresh, EVERY_MS);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [reload, isActive]);
}
