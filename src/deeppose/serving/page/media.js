/** Where pictures come from: files, the clipboard, a video's frames, the camera. Each as an ImageBitmap, upright. */

/** Decode a picture; the error says what to do. */
export async function openPicture(blob, name) {
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: "none" });
  } catch {
    throw new Error(`${name}: not a picture this browser can read; JPEG, PNG, WebP, GIF and AVIF work`);
  }
}

/** A video element for a file, its size and length known. */
export async function openVideo(blob, name) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto" });
  video.src = URL.createObjectURL(blob);
  await event(video, "loadeddata", `${name}: not a video this browser can play; WebM and MP4 (H.264) work`);
  if (!video.videoWidth) throw new Error(`${name}: a file with sound but no picture`);
  return video;
}

/** Frames of a video at so many a second, each { index, time, bitmap }; stops when `cancelled()`. */
export async function* frames(video, perSecond, cancelled) {
  const length = Number.isFinite(video.duration) ? video.duration : 0;
  const count = Math.max(1, Math.ceil(length * perSecond - 1e-6));
  for (let index = 0; index < count && !cancelled(); index++) {
    await seek(video, index / perSecond);
    yield { index, time: video.currentTime, count, bitmap: await createImageBitmap(video) };
  }
}

/** Show the video's frame at a time, in seconds. */
export async function seek(video, time) {
  if (video.readyState >= 2 && Math.abs(video.currentTime - time) < 1e-6) return;
  video.currentTime = time;
  await event(video, "seeked", "the video cannot be searched");
}

/** Open the camera into a video element. */
export async function openCamera(video) {
  if (!navigator.mediaDevices) throw new Error("the camera needs https:// or localhost; open the page there");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
  } catch (error) {
    throw new Error(CAMERA[error.name] ?? `the camera cannot be used: ${error.message}`);
  }
  await video.play();
}

const CAMERA = {
  NotAllowedError: "the camera is not allowed for this page; allow it beside the address and try again",
  NotFoundError: "this machine has no camera",
  NotReadableError: "another program is using the camera; close it and try again",
};

export function closeCamera(video) {
  video.srcObject?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
}

function event(target, name, failure) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener("error", () => reject(new Error(failure)), { once: true });
  });
}
