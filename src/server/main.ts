#!/usr/bin/env node
// Before the other imports, because V8 applies the percentage at its next collection.
import './heap-growth.js';
import 'reflect-metadata';
import { runAsProcess } from 'nest-lti/internal';
import { nestLtiServer } from './nest-lti-server.js';

void runAsProcess(nestLtiServer);
