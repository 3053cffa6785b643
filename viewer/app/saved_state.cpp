#include "viewer/app/saved_state.h"

#include <cstdlib>
#include <memory>

#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {
namespace {

constexpr const char* kLayouts = "viewer-layouts.toml";
constexpr const char* kRecent = "viewer-recent.toml";

std::filesystem::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::filesystem::path default_directory() {
  if (const auto config = from_environment("XDG_CONFIG_HOME"); config.is_absolute())
    return config / "slicecast";
  if (const auto home = from_environment("HOME"); home.is_absolute())
    return home / ".config" / "slicecast";
  return {};
}

}  // namespace

SavedState::SavedState(const config::Settings& settings)
    : directory_(settings.text("settings_directory")), remember_(settings.boolean("remember")) {
  if (directory_.empty() && settings.text("script").empty()) directory_ = default_directory();
}

std::string SavedState::restore(LayoutBook& layouts, RecentAddresses& recent,
                                Shortcuts& shortcuts) const {
  if (directory_.empty()) return {};
  std::string problem = layouts.restore(directory_ / kLayouts);
  if (const auto read = recent.load(directory_ / kRecent); !read) problem = read.error().message;
  if (const auto read = shortcuts.load(keys_file()); !read && read.error().code != Errc::not_found)
    problem = read.error().message;
  return problem;
}

Result<void> SavedState::make_directory() const {
  std::error_code failure;
  std::filesystem::create_directories(directory_, failure);
  if (failure)
    return Error{Errc::io, directory_.string() + " cannot be made: " + failure.message() +
                               "; give --settings-directory another one, or --no-remember"};
  return {};
}

void SavedState::save_soon(LayoutBook& layouts, Background& background, const std::string& done,
                           const std::function<void(std::string)>& say) const {
  if (directory_.empty() || !remember_) return say(done + " until this window closes");
  const auto written = std::make_shared<LayoutBook>(layouts);
  const auto job = [this, written]() -> std::string {
    note_job(Job::file);
    if (auto made = make_directory(); !made) return made.error().message;
    const auto saved = written->save(directory_ / kLayouts);
    return saved ? "" : saved.error().message;
  };
  const bool taken =
      background.run(job, [&layouts, written, done, say](const std::string& problem) {
        if (problem.empty()) layouts.adopt(*written);
        say(problem.empty() ? done : problem);
      });
  if (!taken) say("too many files wait for the disk; try again");
}

Result<void> SavedState::save(const LayoutBook& layouts, const RecentAddresses& recent) const {
  if (directory_.empty() || !remember_) return {};
  if (auto made = make_directory(); !made) return made;
  LayoutBook merged = layouts;
  if (auto saved = merged.save(directory_ / kLayouts); !saved) return saved;
  return recent.save(directory_ / kRecent);
}

}  // namespace slicecast::viewer
