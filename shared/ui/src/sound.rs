//! Chimes, made on the spot: nothing to download. A browser lets a page sound only after it was touched once; until
//! then a chime is silent.

use std::cell::RefCell;

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{AudioContext, OscillatorType};

use crate::browser;

/// What a chime says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chime {
    /// An order is ready: three notes upwards.
    Ready,
    /// A ticket is new: one short note.
    Ticket,
}

impl Chime {
    /// Frequencies in Hz.
    fn notes(self) -> &'static [f32] {
        match self {
            Self::Ready => &[659.26, 783.99, 1046.5],
            Self::Ticket => &[880.0],
        }
    }
}

/// How long after one note the next begins, in seconds.
const STEP: f64 = 0.16;
/// How long a note fades, in seconds.
const FADE: f64 = 0.5;

thread_local! {
    // A page has one, and browsers allow few.
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Wakes the sound up with the first touch or key of the page.
pub fn wake_with_first_touch() {
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
    // It listens as long as the page lives.
    wake.forget();
}

/// Sounds.
pub fn play(chime: Chime) {
    with_context(|context| {
        let begin = context.current_time() + 0.02;
        let mut at = begin;
        for frequency in chime.notes() {
            // A device without sound is silent.
            let _ = note(context, *frequency, at);
            at += STEP;
        }
    });
}

fn note(context: &AudioContext, frequency: f32, at: f64) -> Result<(), wasm_bindgen::JsValue> {
    let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
    tone.set_type(OscillatorType::Sine);
    tone.frequency().set_value(frequency);
    volume.gain().set_value_at_time(0.0001, at)?;
    volume.gain().exponential_ramp_to_value_at_time(0.3, at + 0.02)?;
    volume.gain().exponential_ramp_to_value_at_time(0.0001, at + FADE)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    tone.start_with_when(at)?;
    tone.stop_with_when(at + FADE)
}

fn with_context(act: impl FnOnce(&AudioContext)) {
    if browser::window().is_none() {
        return;
    }
    CONTEXT.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = AudioContext::new().ok();
        }
        if let Some(context) = kept {
            act(context);
        }
    });
}
