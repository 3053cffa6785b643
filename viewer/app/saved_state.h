// What the viewer keeps between two runs: layouts, addresses, key bindings, as TOML files of one
// directory. Read before the window opens, written after it has closed, and named layouts by the
// background thread when they are saved or deleted: no frame waits for a disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "common/config/option.h"
#include "viewer/app/background.h"
#include "viewer/model/layout.h"
#include "viewer/model/recent_addresses.h"
#include "viewer/model/shortcuts.h"

namespace slicecast::viewer {

class SavedState {
 public:
  // settings_directory, or $XDG_CONFIG_HOME/slicecast, else ~/.config/slicecast. A script is the
  // same everywhere: it restores and keeps only what is in a settings_directory that it is given.
  explicit SavedState(const config::Settings& settings);

  // Files that are not there change nothing. Empty, or one line: a file is damaged, its part is as
  // on the first day, and the file is left alone.
  std::string restore(LayoutBook& layouts, RecentAddresses& recent, Shortcuts& shortcuts) const;
  // Layouts and addresses; the key bindings are the user's file. Makes the directory.
  Result<void> save(const LayoutBook& layouts, const RecentAddresses& recent) const;

  // On the background thread; then `say` is called on the UI thread with `done`, or with why not.
  // All three references must outlive the background thread.
  void save_soon(LayoutBook& layouts, Background& background, const std::string& done,
                 const std::function<void(std::string)>& say) const;

  const std::filesystem::path& directory() const { return directory_; }  // empty: nothing is kept
  std::filesystem::path keys_file() const { return directory_ / "viewer-keys.toml"; }

 private:
  Result<void> make_directory() const;

  std::filesystem::path directory_;
  bool remember_ = true;
};

}  // namespace slicecast::viewer
