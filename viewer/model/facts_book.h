// Which settings an image was made with. Images say epoch and geometry revision in their stamps;
// the services are asked what these mean twice a second, which may be before or after the image
// comes. Each image is given the facts of its own epoch and geometry as soon as they are known, and
// keeps them however the settings change while it is frozen, compared or written. Bounded. One
// thread (UI).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "viewer/model/provenance.h"

namespace slicecast::viewer {

using SessionFactsPtr = std::shared_ptr<const SessionFacts>;

class FactsBook {
 public:
  // Until a report comes nothing is known but the viewer's own name.
  explicit FactsBook(const std::string& viewer);

  // A report of all services.
  void told(SessionFactsPtr facts);
  // An image with this stamp has come: `held` gets the facts of its epoch and geometry, until these
  // are known the newest. Null is ignored.
  void arrived(const v1::Stamp& stamp, const std::shared_ptr<HeldFacts>& held);
  void clear();  // other servers

  const SessionFactsPtr& newest() const { return newest_; }  // never null
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    v1::Stamp stamp;
    std::weak_ptr<HeldFacts> held;
  };
  const SessionFactsPtr nothing_;
  SessionFactsPtr newest_;
  std::deque<SessionFactsPtr> known_;  // one of each epoch and geometry, the last told at the end
  std::deque<Waiting> waiting_;
};

}  // namespace slicecast::viewer
