#include "viewer/app/script_conditions.h"

#include <fmt/format.h>

#include <cstdlib>

#include "viewer/app/slice_look.h"

namespace slicecast::viewer {
namespace {

Error unknown(const std::vector<std::string>& words) {
  return {Errc::invalid_argument,
          fmt::format("'{}' is not understood", fmt::join(words.begin(), words.end(), " "))};
}

Result<bool> slice_holds(const Session& session, const PictureStore& pictures,
                         const std::string& id, const std::string& what,
                         const std::vector<std::string>& words) {
  const SceneSlice* slice = id == "selected" ? session.selected() : session.slices.find(id);
  if (what == "gone") return slice == nullptr;
  if (slice == nullptr) return false;
  const SlicePicture* picture = pictures.find(slice->id);
  const bool shown = picture != nullptr && picture->image.shown() != nullptr;
  if (what == "image") return shown;
  if (what == "absent") return !shown;
  if (what == "exact") return slice->exact() && session.slices.idle();
  if (what == "overlay") return shown && picture->overlay_matches();
  if (what == "raw") return shown && !picture->overlay_matches();
  if (what == "pinned") return slice->pinned;
  if (what == "stand_in")
    return scene_placing_of(*slice, picture, session).kind == SlicePlacing::Kind::stand_in;
  // Of the server that is there now, of a whole window, and measured.
  if (what == "full")
    return shown && picture->image.shown()->instance == session.connection.instance() &&
           !picture->image.shown()->header.filling() &&
           session.measured(slice->id) == picture->image.shown();
  if (what == "histogram") return session.histogram_of(slice->id) != nullptr;
  return unknown(words);
}

Result<bool> on_or_off(const std::vector<std::string>& words) {
  if (words.size() < 2 || (words.back() != "on" && words.back() != "off")) return unknown(words);
  return words.back() == "on";
}

}  // namespace

Result<bool> holds(const Session& session, const PictureStore& pictures,
                   const std::vector<std::string>& words, std::int64_t) {
  if (words.empty()) return unknown(words);
  const std::string& what = words.front();
  const auto state = session.connection.state();
  if (what == "connected" || what == "live") return state == ConnectionState::live;
  if (what == "connecting") return state == ConnectionState::connecting;
  if (what == "stale") return state == ConnectionState::stale;
  if (what == "lost") return state == ConnectionState::lost;
  if (what == "slice" && words.size() == 3)
    return slice_holds(session, pictures, words[1], words[2], words);
  if (what == "slices" && words.size() == 2)
    return session.slices.slices().size() == std::strtoul(words[1].c_str(), nullptr, 10);
  if (what == "services" && words.size() == 2)
    return session.report &&
           session.report->services.size() >= std::strtoul(words[1].c_str(), nullptr, 10);
  if (what == "no_preview") return pictures.volume().texture() == 0;
  if (what == "preview")
    return pictures.volume().texture() != 0 &&
           (words.back() != "full" || (session.preview && !session.preview->header.filling()));
  if (what == "preview_limit" && words.size() == 2)  // at least
    return session.intensities.of(kPreviewIntensity).high >= std::strtod(words[1].c_str(), nullptr);
  if (what == "projection") return pictures.projection().texture() != 0;
  if (what == "surface") return session.iso_mesh && !session.iso_mesh->triangles.empty();
  if (what == "frozen") return session.history.frozen();
  if (what == "follows") return !session.history.frozen();
  if (what == "message") return !session.message.empty();
  if (what == "link" && words.size() == 2 && (words[1] == "limited" || words[1] == "free"))
    return session.report && session.report->link.text.empty() == (words[1] == "free");
  if (what == "selected" && words.size() == 2) return session.slices.selected() == words[1];
  if (what == "colour_map" && words.size() == 2) return to_string(session.colours) == words[1];
  return unknown(words);
}

Result<void> set_by_words(Session& session, const std::vector<std::string>& words) {
  if (words.size() < 2) return unknown(words);
  const std::string& what = words[0];
  const std::string& value = words[1];
  if (what == "select") {
    session.slices.select(value);
    if (session.slices.selected() != value) return Error{Errc::not_found, "no slice " + value};
    return {};
  }
  if (what == "colour_map") {
    const auto choice = parse_colour_map(value);
    if (!choice) return choice.error();
    session.colours = *choice;
    return {};
  }
  Intensity intensity = session.intensities.of(session.slices.selected());
  if (what == "limits" && words.size() == 3) {
    intensity.low = std::strtod(words[1].c_str(), nullptr);
    intensity.high = std::strtod(words[2].c_str(), nullptr);
    return session.intensities.set(session.slices.selected(), intensity);
  }
  if (what == "scale") {
    const auto scale = parse_scale(value);
    if (!scale) return scale.error();
    intensity.scale = *scale;
    return session.intensities.set(session.slices.selected(), intensity);
  }
  if (what == "size") {
    const int side = std::atoi(value.c_str());
    return session.slices.resize(session.slices.selected(), side, side);
  }
  if (what == "theme") {
    session.layouts.current().theme = value == "light" ? Theme::light : Theme::dark;
    return {};
  }
  if (what == "font_scale") {
    session.layouts.current().font_scale = std::strtod(value.c_str(), nullptr);
    return {};
  }
  if (what == "layout") return session.layouts.use(value);
  if (what == "iso_level") {
    session.choices.iso_level = std::strtod(value.c_str(), nullptr);
    return {};
  }
  const auto on = on_or_off(words);
  if (!on) return on.error();
  SceneChoices& choices = session.choices;
  if (what == "volume")
    choices.volume = *on;
  else if (what == "box")
    choices.box = *on;
  else if (what == "axes")
    choices.axes = *on;
  else if (what == "labels")
    choices.labels = *on;
  else if (what == "panel" && session.layouts.current().find(value) != nullptr)
    session.layouts.current().find(value)->visible = *on;
  else
    return unknown(words);
  return {};
}

}  // namespace slicecast::viewer
