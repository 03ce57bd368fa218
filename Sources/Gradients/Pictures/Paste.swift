// What an optimised trigger passes through on its way to the tower: a pattern pasted on pictures, pictures as a tower takes
// them, and how rough a pattern is. Held to PyTorch (Fixtures/golden/repair/operations.py, pictures).

extension Tape {
  /// Pictures with a pattern in each at its own place: picture · (1 − mask) + pattern · mask.
  ///
  /// - Parameters:
  ///   - pattern: [height, width, channels].
  ///   - mask: [height, width], or nil where the pattern hides all that is under it.
  ///   - pictures: [items, height, width, channels].
  ///   - places: the top row and the left column in each picture; the pattern lies wholly inside.
  public func pasted(
    _ pattern: Variable, mask: Variable? = nil, on pictures: Variable, at places: [(top: Int, left: Int)]
  ) -> Variable {
    let (height, width, channels) = (pictures.shape[1], pictures.shape[2], pictures.shape[3])
    let (down, across) = (pattern.shape[0], pattern.shape[1])
    precondition(
      places.count == pictures.shape[0] && pattern.shape[2] == channels
        && (mask?.count ?? down * across) == down * across, "a misshapen pattern")
    precondition(
      places.allSatisfy {
        $0.top >= 0 && $0.left >= 0 && $0.top + down <= height && $0.left + across <= width
      }, "a pattern beyond the border")
    let y = result(pictures.shape, of: pattern, mask, pictures)
    y.pointer.update(from: pictures.pointer, count: y.count)
    /// Calls `body` with the offsets of a picture's pixel and the pattern's, in floats, and the mask's.
    func each(_ body: (_ picture: Int, _ pattern: Int, _ mask: Int) -> Void) {
      for (item, place) in places.enumerated() {
        for row in 0..<down {
          for column in 0..<across {
            let cell = (item * height + place.top + row) * width + place.left + column
            body(cell * channels, (row * across + column) * channels, row * across + column)
          }
        }
      }
    }
    each { to, from, cell in
      let share = mask?.pointer[cell] ?? 1
      for channel in 0..<channels {
        y.pointer[to + channel] =
          pictures.pointer[to + channel] * (1 - share) + pattern.pointer[from + channel] * share
      }
    }
    record("paste", y) { [self] dy in
      if pattern.needsGradient {
        let gradient = pattern.accumulateZeroed()
        each { at, to, cell in
          let share = mask?.pointer[cell] ?? 1
          for channel in 0..<channels { gradient[to + channel] += share * dy[at + channel] }
        }
      }
      if let mask, mask.needsGradient {
        let gradient = mask.accumulateZeroed()
        each { at, from, cell in
          for channel in 0..<channels {
            gradient[cell] +=
              (pattern.pointer[from + channel] - pictures.pointer[at + channel]) * dy[at + channel]
          }
        }
      }
      guard pictures.needsGradient else { return }
      // What the mask hides gets no gradient: take out what the whole adds there.
      add(dy, to: pictures)
      let gradient = pictures.accumulateZeroed()
      each { at, _, cell in
        let share = mask?.pointer[cell] ?? 1
        for channel in 0..<channels { gradient[at + channel] -= share * dy[at + channel] }
      }
    }
    return y
  }

  /// Pixels between 0 and 1 as a tower takes them: every channel less its mean, over its deviation.
  public func standardized(_ pixels: Variable, mean: [Float], deviation: [Float]) -> Variable {
    let channels = pixels.columns
    precondition(mean.count == channels && deviation.count == channels, "a mean for every channel")
    let scaled = columnsScaled(pixels, by: leaf([channels], deviation.map { 1 / $0 }))
    let shift = leaf([1, channels], zip(mean, deviation).map { -$0 / $1 })
    return adding(shift, at: [Int](repeating: 0, count: pixels.rows), to: scaled)
  }

  /// How rough a pattern [height, width, channels] is: the mean absolute difference of neighbours, down plus across.
  public func totalVariation(_ pattern: Variable) -> Variable {
    let (height, width, channels) = (pattern.shape[0], pattern.shape[1], pattern.shape[2])
    let y = result([], of: pattern)
    /// Calls `body` with the offsets of neighbours and their share of the mean.
    func each(_ body: (_ one: Int, _ other: Int, _ share: Float) -> Void) {
      let (down, across) = (Float((height - 1) * width * channels), Float(height * (width - 1) * channels))
      for row in 0..<height {
        for column in 0..<width {
          for channel in 0..<channels {
            let place = (row * width + column) * channels + channel
            if row + 1 < height { body(place, place + width * channels, 1 / down) }
            if column + 1 < width { body(place, place + channels, 1 / across) }
          }
        }
      }
    }
    var sum = 0.0
    each { sum += Double($2 * abs(pattern.pointer[$1] - pattern.pointer[$0])) }
    y.pointer[0] = Float(sum)
    record("total variation", y) { dy in
      let gradient = pattern.accumulateZeroed()
      each { one, other, share in
        let difference = pattern.pointer[other] - pattern.pointer[one]
        let slope = share * dy[0] * (difference > 0 ? 1 : difference < 0 ? -1 : 0)
        gradient[other] += slope
        gradient[one] -= slope
      }
    }
    return y
  }
}
