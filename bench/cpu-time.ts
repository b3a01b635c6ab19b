import { readdir, readFile } from 'node:fs/promises';

/** Linux' clock ticks. */
const TICKS_PER_S = 100;

/** User and system time of a process in milliseconds, by Linux' /proc. */
export async function cpuMsOf(pid: number): Promise<number> {
  const { own } = await timesOf(pid);
  return own;
}

/** The same of a process and its children, those that have ended included. */
export async function cpuMsOfTree(pid: number): Promise<number> {
  const parent = await timesOf(pid);
  const pids = (await readdir('/proc')).map(Number).filter((each) => each > 0);
  const all = await Promise.all(pids.map((each) => timesOf(each).catch(() => undefined)));
  const children = all.filter((times) => times?.parentPid === pid);
  return parent.own + parent.ended + children.reduce((sum, times) => sum + (times?.own ?? 0), 0);
}

async function timesOf(pid: number): Promise<{ parentPid: number; own: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name of the program, which may contain spaces: the state, the parent, and from the 12th on the times.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ms = (...nths: number[]): number =>
    (nths.reduce((sum, nth) => sum + (fields[nth] ?? NaN), 0) * 1000) / TICKS_PER_S;
  return { parentPid: fields[1] ?? NaN, own: ms(11, 12), ended: ms(13, 14) };
}
