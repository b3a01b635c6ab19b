'use strict';
const { join } = require('node:path');

exports.dashboard = { directory: join(__dirname, 'dist') };
