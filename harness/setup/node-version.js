/** Oldest releases of Node.js Plumbline runs on, by major version; `package.json` says the same under `engines`. */
const oldest = [
  [20, 19],
  [22, 12],
];

/**
 * Why this Node.js is too old, or undefined where it will do.
 * @param {string} version such as `20.19.0`
 * @returns {string | undefined}
 */
export function nodeVersionProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major === undefined || minor === undefined) return `cannot read the version of Node.js from "${version}"`;
  const last = oldest.at(-1);
  if (last?.[0] !== undefined && major > last[0]) return undefined;
  const line = oldest.find((entry) => entry[0] === major);
  if (line?.[1] !== undefined && minor >= line[1]) return undefined;
  return `Plumbline needs Node.js 20.19 or newer (22.12 or newer of version 22); this is ${version}.\nInstall a current release, for instance from https://nodejs.org.`;
}
