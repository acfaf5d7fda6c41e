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
    diskfull: 'deviceError',
    diskerror: 'deviceError',
    storagedetection: 'deviceError',
    nicbroken: 'deviceError',
    networknotconnected: 'deviceError',
    ipconflict: 'deviceError',
    illaccess: 'deviceError',
    illegalaccess: 'deviceError',
    badvideo: 'deviceError',
    videomismatch: 'deviceError',
    recordingfailure: 'deviceError',
    recordexception: 'deviceError',
    abnormalreboot: 'deviceError',
    hdbadblock: 'deviceError',
    raidexception: 'deviceError',
    spareexception: 'deviceError',
    poepowerexception: 'deviceError',
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
    scenechangedetection: 'sceneChange',
    defocus: 'defocus',
    audioexception: 'audioException',
    audiodetection: 'audioDetection',
    unattendedbaggage: 'unattendedObject',
    attendedbaggage: 'objectRemoval',
    objectsthrowndetection: 'thrownObject',
    anpr: 'plate',
    vehicledetection: 'vehicle',
    peoplecounting: 'peopleCounting',
    thermometry: 'temperature',
    tma: 'temperatureAlarm',
    tmpa: 'temperaturePrealarm',
    firedetection: 'fire',
    smokedetection: 'smoke',
    rapidmove: 'fastMoving',
    group: 'gathering',
  }),
)

/** The kind of a device's word. A word that is not known keeps its own name, in camel case. */
export const kindOf = (word: string): EventKind => words.get(word.toLowerCase()) ?? camelCase(word)

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
