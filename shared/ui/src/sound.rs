//! Chimes, synthesized in the browser so that no sound file is downloaded. Browsers block sound until the user first
//! touches the page; until then a chime is silent.

use std::cell::RefCell;

use app::device::Sound;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{AudioContext, OscillatorType};

use crate::browser;

/// Returns the frequencies of the notes of a chime, in Hz: three rising notes, or one short note.
fn notes(sound: Sound) -> &'static [f32] {
    match sound {
        Sound::OrderReady => &[659.26, 783.99, 1046.5],
        Sound::NewTicket => &[880.0],
    }
}

/// Time between the starts of two notes, in seconds.
const NOTE_INTERVAL: f64 = 0.16;
/// Time until a note has faded out, in seconds.
const FADE_PERIOD: f64 = 0.5;

thread_local! {
    // One per page: browsers limit the number of audio contexts.
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Resumes the audio context on the first touch or key press, as browsers require.
pub fn resume_on_first_touch() {
    let Some(document) = browser::window().and_then(|window| window.document()) else { return };
    let wake = Closure::<dyn Fn()>::new(|| {
        with_context(|context| {
            let _ = context.resume();
        });
    });
    let options = web_sys::AddEventListenerOptions::new();
    options.set_passive(true);
    for event in ["pointerdown", "keydown"] {
        let wake = wake.as_ref().unchecked_ref();
        let _ =
            document.add_event_listener_with_callback_and_add_event_listener_options(event, wake, &options);
    }
    // The listener lives as long as the page.
    wake.forget();
}

/// Plays the chime.
pub fn play(sound: Sound) {
    with_context(|context| {
        let begin = context.current_time() + 0.02;
        let mut at = begin;
        for frequency in notes(sound) {
            // A device without audio output stays silent.
            let _ = play_note(context, *frequency, at);
            at += NOTE_INTERVAL;
        }
    });
}

fn play_note(context: &AudioContext, frequency: f32, at: f64) -> Result<(), wasm_bindgen::JsValue> {
    let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
    tone.set_type(OscillatorType::Sine);
    tone.frequency().set_value(frequency);
    volume.gain().set_value_at_time(0.0001, at)?;
    volume.gain().exponential_ramp_to_value_at_time(0.3, at + 0.02)?;
    volume.gain().exponential_ramp_to_value_at_time(0.0001, at + FADE_PERIOD)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    tone.start_with_when(at)?;
    tone.stop_with_when(at + FADE_PERIOD)
}

fn with_context(act: impl FnOnce(&AudioContext)) {
    if browser::window().is_none() {
        return;
    }
    CONTEXT.with_borrow_mut(|shared| {
        if shared.is_none() {
            *shared = AudioContext::new().ok();
        }
        if let Some(context) = shared {
            act(context);
        }
    });
}
