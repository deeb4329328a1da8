// Reads one entry of a zip archive (a wheel is one) from memory. PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16.
import zlib from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** Marks a value that is in a zip64 record, which archives of this size do not need. */
const IN_ZIP64 = 0xffffffff;

/** The archive's entries in its central directory. */
export function listZip(archive) {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let offset = archive.readUInt32LE(end + 16);
  const entries = [];
  for (let i = 0; i < count; i++) {
    if (offset + 46 > archive.length || archive.readUInt32LE(offset) !== CENTRAL_SIGNATURE) {
      throw new Error('the zip archive has a broken directory');
    }
    const nameLength = archive.readUInt16LE(offset + 28);
    entries.push({
      name: archive.toString('utf8', offset + 46, offset + 46 + nameLength),
      method: archive.readUInt16LE(offset + 10),
      packedSize: archive.readUInt32LE(offset + 20),
      size: archive.readUInt32LE(offset + 24),
      header: archive.readUInt32LE(offset + 42),
    });
    offset += 46 + nameLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32);
  }
  return entries;
}

/** The bytes of one entry. Throws when it is missing, damaged, or packed in a way that wheels do not use. */
export function readZipEntry(archive, name) {
  const entry = listZip(archive).find((e) => e.name === name);
  if (!entry) throw new Error(`the zip archive has no ${name}`);
  if ([entry.size, entry.packedSize, entry.header].includes(IN_ZIP64)) throw new Error('zip64 archives are not read');
  if (archive.readUInt32LE(entry.header) !== LOCAL_SIGNATURE) throw new Error(`the zip entry ${name} is damaged`);
  const start = entry.header + 30 + archive.readUInt16LE(entry.header + 26) + archive.readUInt16LE(entry.header + 28);
  const packed = archive.subarray(start, start + entry.packedSize);
  const bytes = unpack(packed, entry);
  if (bytes.length !== entry.size) throw new Error(`the zip entry ${name} is damaged`);
  return bytes;
}

function unpack(packed, entry) {
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED) throw new Error(`the zip entry ${entry.name} uses compression method ${entry.method}`);
  try {
    return zlib.inflateRawSync(packed, { maxOutputLength: Math.max(entry.size, 1) });
  } catch (error) {
    throw new Error(`the zip entry ${entry.name} is damaged`, { cause: error });
  }
}

/** The end record is the last 22 bytes, before a comment of at most 65,535. */
function findEnd(archive) {
  for (let at = archive.length - END_SIZE; at >= Math.max(0, archive.length - END_SIZE - 0xffff); at--) {
    if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new Error('not a zip archive');
}
