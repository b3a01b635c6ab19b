#!/usr/bin/env node
// First: V8 takes the percentage into account at its next collection.
import './heap-growth.js';
import 'reflect-metadata';
import { runAsProcess } from 'nest-lti/internal';
import { nestLtiServer } from './nest-lti-server.js';

void runAsProcess(nestLtiServer);
