export { measureNative, type NativeOptions } from './measure-native.ts';
export type { NativeMeasurement, NativeResult, NativeUnavailable } from './native-result.ts';
