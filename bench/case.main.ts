import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { cases } from './cases.js';

/** Runs the case that its first argument names, for the minutes of the second, and sends each row to its parent. It ends with its parent. */
process.on('disconnect', () => process.exit());
Logger.overrideLogger(false);
const name = process.argv[2] ?? '';
const bench = await cases[name]?.load();
if (bench === undefined) throw new Error(`There is no case ${name}.`);
for await (const row of bench({ minutes: Number(process.argv[3]) })) process.send?.(row);
process.disconnect();
