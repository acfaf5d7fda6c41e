// SPDX-License-Identifier: Apache-2.0
/** What is being dragged: a camera, by its key. */
export const CAMERA_TYPE = 'application/x-openhmp-camera'
