// A recorder in a notebook's output; recorder.py fills in the name of its box and the seconds.
(() => {
  const all = document.querySelectorAll("#ID");
  const box = all[all.length - 1];
  const [button, link, words] = ["button", "a", "span"].map((name) => box.querySelector(name));
  const say = (text) => { words.textContent = text; };
  let recorder = null;

  // One channel of 16-bit samples, as Python's wave module reads them.
  const wav = (sound) => {
    const count = sound.length;
    const view = new DataView(new ArrayBuffer(44 + 2 * count));
    const text = (place, letters) => [...letters].forEach((one, n) => view.setUint8(place + n, one.charCodeAt(0)));
    const long = (place, number) => view.setUint32(place, number, true);
    const short = (place, number) => view.setUint16(place, number, true);
    text(0, "RIFF"); long(4, 36 + 2 * count); text(8, "WAVEfmt "); long(16, 16); short(20, 1); short(22, 1);
    long(24, sound.sampleRate); long(28, 2 * sound.sampleRate); short(32, 2); short(34, 16);
    text(36, "data"); long(40, 2 * count);
    for (let n = 0; n < count; n++) {
      let sum = 0;
      for (let channel = 0; channel < sound.numberOfChannels; channel++) sum += sound.getChannelData(channel)[n];
      const sample = Math.max(-1, Math.min(1, sum / sound.numberOfChannels));
      view.setInt16(44 + 2 * n, Math.round(32767 * sample), true);
    }
    return new Blob([view], {type: "audio/wav"});
  };

  const stop = () => recorder && recorder.state === "recording" && recorder.stop();

  button.addEventListener("click", async () => {
    if (recorder) return stop();
    let microphone;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({audio: true});
    } catch {
      return say("There is no microphone here, or this page may not use it. Record with another program.");
    }
    const pieces = [];
    recorder = new MediaRecorder(microphone);
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", async () => {
      microphone.getTracks().forEach((track) => track.stop());
      recorder = null;
      button.textContent = "Record";
      try {
        const bytes = await new Blob(pieces).arrayBuffer();
        const sound = await new AudioContext().decodeAudioData(bytes);
        link.href = URL.createObjectURL(wav(sound));
        link.hidden = false;
        say(`${sound.duration.toFixed(1)} seconds.`);
      } catch {
        say("This browser can't unpack its own recording. Record with another program.");
      }
    });
    recorder.start();
    button.textContent = "Stop";
    link.hidden = true;
    say("Recording ...");
    setTimeout(stop, 1000 * SECONDS);
  });
  button.hidden = false;
  say(navigator.mediaDevices ? "" : "This page may not use a microphone. Record with another program.");
})();
