/** `@setDataFrame` as an AMF0 string: how publishers wrap onMetaData on the wire. Files and viewers take it bare. */
const SET_DATA_FRAME = Buffer.concat([Buffer.from([2, 0, 13]), Buffer.from('@setDataFrame', 'latin1')]);
const ON_META_DATA = Buffer.concat([Buffer.from([2, 0, 10]), Buffer.from('onMetaData', 'latin1')]);

/** The script payload without the `@setDataFrame` wrapper; the same buffer where there is none. */
export function unwrapSetDataFrame(payload: Buffer): Buffer {
  const wrapped = payload.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME);
  return wrapped ? payload.subarray(SET_DATA_FRAME.length) : payload;
}

/** True for an onMetaData payload, wrapped or bare. */
export function isOnMetaData(payload: Buffer): boolean {
  return unwrapSetDataFrame(payload).subarray(0, ON_META_DATA.length).equals(ON_META_DATA);
}
