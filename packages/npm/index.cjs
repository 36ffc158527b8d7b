'use strict'

const { join } = require('node:path')
const { existsSync } = require('node:fs')

/** The SQLite module, for whoever loads it in another way. */
const path = join(__dirname, 'lib', `${process.platform}-${process.arch}`, 'stead.so')

// node:sqlite: it loads extensions only where the database was opened for it
function loadSync(db) {
	if (typeof db.loadExtension !== 'function')
		throw new Error('stead.load: this node:sqlite cannot load extensions; it can since Node.js 22.13')
	if (db.isOpen === false) // Node.js 22 would crash
		throw new Error('stead.load: the database is not open')
	try {
		db.enableLoadExtension(true)
	} catch (error) {
		if (!/disabled|not allowed/.test(error.message))
			throw error
		throw new Error('stead.load: this database was opened without extensions; open it by ' +
			'new DatabaseSync(file, { allowExtension: true })', { cause: error })
	}
	try {
		db.loadExtension(path)
	} finally {
		db.enableLoadExtension(false)
	}
	return db
}

function load(db) {
	if (!existsSync(path))
		throw new Error(`stead.load: this package has no module for ${process.platform}-${process.arch}: ` +
			`there is no ${path}`)
	if (typeof db?.enableLoadExtension === 'function' || db?.constructor?.name === 'DatabaseSync')
		return loadSync(db)
	if (typeof db?.loadExtension !== 'function')
		throw new TypeError('stead.load: it needs a database of better-sqlite3, node:sqlite or sqlite3')
	if (typeof db.parallelize === 'function') // sqlite3, whose calls have callbacks
		return new Promise((resolve, reject) => db.loadExtension(path, error => error ? reject(error) : resolve(db)))
	db.loadExtension(path)
	return db
}

module.exports = { load, path }
module.exports.default = module.exports
