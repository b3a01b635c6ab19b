#!/usr/bin/env node
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { runAsProcess } from './command-line.js';
import { nestLti } from './nest-lti.js';

// The commands themselves say which secrets cannot be decrypted, for all tables alike.
Logger.overrideLogger(['error', 'fatal']);

void runAsProcess(nestLti);
