#include "viewer/model/loss_texts.h"

#include <algorithm>
#include <array>

namespace slicecast::viewer {

std::span<const LossText> loss_texts() {
  static constexpr std::array<LossText, 15> kTexts{{
      {"late", "Projections arrived after their place held newer ones.",
       "Check the link from the detector for reordering, or raise reorder_window."},
      {"duplicate", "The same projection arrived more than once.",
       "Look for two senders of one scan; the copies do no harm."},
      {"queue_full", "Frames arrived faster than they could be processed.",
       "Give the projection server more threads, raise binning, or lower the frame rate."},
      {"bad_header", "Messages came whose header does not parse or contradicts itself.",
       "Update the sender: its version or dialect does not fit this one."},
      {"bad_size", "Frames came whose pixels do not fit their announced size.",
       "Check the detector's region of interest and pixel type against what it announces."},
      {"bad_compression", "Compressed frames could not be decompressed.",
       "Check the network for damage, and the detector's compression setting."},
      {"wrong_scan", "Frames came of a scan that is over or was never announced.",
       "Stop the other sender, or start the scan anew so that it announces itself."},
      {"shed_by_policy", "Frames were left out on purpose to keep up or to sample.",
       "Nothing to do; give more threads if every projection is wanted.", true},
      {"superseded", "A newer version took the place of one that was not fetched yet.",
       "Nothing to do: only the newest counts; ask for smaller images if updates seem slow.", true},
      {"fell_off_ring",
       "A server was too slow, and the one before it no longer had the projections.",
       "Give the slow server more threads, or the one before it more memory."},
      {"no_flat", "Projections came before any flat field, so that they cannot be corrected.",
       "Send flats, set incident_counts, or say already_linear."},
      {"failed", "A plugin gave up on an image, so that it has no result.",
       "Look into the log of the plugin, which names the reason once."},
      {"not_finite", "A plugin computed values that are not numbers; they were held back.",
       "Check the parameters of the plugin, or tell its author."},
      {"bad_label", "A plugin labelled pixels with a class that it never declared.",
       "Tell the author of the plugin: its table of classes is too short."},
      {"missing", "Projections that were expected never arrived.",
       "Check the detector and its link; their angles are filled in by their neighbours."},
  }};
  return kTexts;
}

LossText loss_text(std::string_view reason) {
  const auto texts = loss_texts();
  const auto found = std::ranges::find(texts, reason, &LossText::reason);
  if (found != texts.end()) return *found;
  return {reason, "Something was lost for a reason that this viewer does not know.",
          "Look into the log of the service; a newer viewer may know the reason."};
}

}  // namespace slicecast::viewer
