// SPDX-License-Identifier: Apache-2.0
/**
 * What a device's event word means. Words are compared in lower case: triggers, capabilities and alerts spell one event in
 * several ways, and tamper detection is even called `shelteralarm` when it rings.
 */

/** The four kinds of the HMP document, and all others under a name of their own in camel case. */
export type EventKind = 'motion' | 'videoLoss' | 'alarmInput' | 'deviceError' | (string & {})

const words = new Map(
  Object.entries({
    vmd: 'motion',
    motiondetection: 'motion',
    vmdhumanvehicle: 'motion',
    videoloss: 'videoLoss',
    io: 'alarmInput',
    softio: 'alarmInput',
    wlsensor: 'alarmInput',
    pir: 'alarmInput',
    callhelp: 'alarmInput',
    tamperdetection: 'tamper',
    shelteralarm: 'tamper',
    linedetection: 'lineCrossing',
    fielddetection: 'fieldIntrusion',
    regionentrance: 'regionEntrance',
    regionexiting: 'regionExiting',
    facedetection: 'faceDetection',
    facesnap: 'faceCapture',
    facecapture: 'faceCapture',
    facecontrast: 'faceComparison',
    facecontrastsuccess: 'faceComparison',
    facecontrastfailure: 'faceComparisonFailed',
    whitelistfacecontrast: 'faceComparison',
    scenechangedetection: 'sceneChange',
    defocus: 'defocus',
    audioexception: 'audioException',
    audiodetection: 'audioDetection',
    unattendedbaggage: 'unattendedObject',
    attendedbaggage: 'objectRemoval',
    objectsthrowndetection: 'thrownObject',
    vehiclematchresult: 'plate',
    anpr: 'plate',
    vehicledetection: 'vehicle',
    peoplecounting: 'peopleCounting',
    thermometry: 'temperature',
    tma: 'temperatureAlarm',
    temperaturealarm: 'temperatureAlarm',
    tmpa: 'temperaturePrealarm',
    firedetection: 'fire',
    smokedetection: 'smoke',
    rapidmove: 'fastMoving',
    group: 'gathering',
  }),
)

/** Which fault a word of kind `deviceError` means: alerts and logs spell them in several ways. */
const faults = new Map(
  Object.entries({
    diskfull: 'diskFull',
    hdfull: 'diskFull',
    diskerror: 'diskError',
    hderror: 'diskError',
    hdbadblock: 'diskError',
    diskunformat: 'diskError',
    storagedetection: 'diskWear',
    raidexception: 'raid',
    spareexception: 'hotSpare',
    nicbroken: 'networkBroken',
    netbroken: 'networkBroken',
    networknotconnected: 'networkBroken',
    ipconflict: 'addressConflict',
    ipcipconflict: 'addressConflict',
    illaccess: 'illegalAccess',
    illegalaccess: 'illegalAccess',
    illlegealaccess: 'illegalAccess',
    badvideo: 'videoException',
    videoexception: 'videoException',
    videomismatch: 'videoMismatch',
    videoformatmismatch: 'videoMismatch',
    recordingfailure: 'recordingFailure',
    recordexception: 'recordingFailure',
    recorderror: 'recordingFailure',
    abnormalreboot: 'abnormalReboot',
    poepowerexception: 'poePower',
    ipcdisconnect: 'cameraLost',
    highdevicetemperature: 'overheated',
  }),
)

/** The kind of a device's word. A word that is not known keeps its own name, in camel case. */
export const kindOf = (word: string): EventKind =>
  words.get(word.toLowerCase()) ?? (faultOf(word) === undefined ? camelCase(word) : 'deviceError')

/** The fault that a device's word means: `diskFull`, `networkBroken`; undefined for a word of any other kind. */
export const faultOf = (word: string): string | undefined => faults.get(word.toLowerCase())

const camelCase = (word: string): string => {
  const parts = word.split(/[^A-Za-z0-9]+/).filter((part) => part !== '')
  if (parts.length === 0) return 'unknown'
  return parts
    .map((part, i) => {
      const first = i === 0 ? part[0]!.toLowerCase() : part[0]!.toUpperCase()
      const isAllCapitals = part === part.toUpperCase()
      return first + (isAllCapitals ? part.slice(1).toLowerCase() : part.slice(1))
    })
    .join('')
}
