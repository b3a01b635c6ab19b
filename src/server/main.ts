#!/usr/bin/env node
import 'reflect-metadata';
import { runAsProcess } from 'nest-lti/internal';
import { nestLtiServer } from './nest-lti-server.js';

void runAsProcess(nestLtiServer);
