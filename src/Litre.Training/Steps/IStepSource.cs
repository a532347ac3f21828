using System.Text.Json;

namespace Litre.Training.Steps;

/// <summary>
/// Supplies the micro-batches of a run's steps. A step need not exist before it is taken: its samples may be created at that time, with
/// the current model. Not thread-safe.
/// </summary>
public interface IStepSource : IDisposable
{
    /// <summary>The total steps of the whole run.</summary>
    int TotalSteps { get; }

    /// <summary>Samples per epoch; null if the steps do not come from a fixed set.</summary>
    int? EpochSamples { get; }

    /// <summary>Whether any step may contain images.</summary>
    bool HasImages { get; }

    /// <summary>Identifies what the source delivers. It is stored in checkpoints; a run is resumed only if it matches.</summary>
    string Fingerprint { get; }

    /// <summary>
    /// The state, in addition to the step number, that the source needs to continue after the last step taken. It must be the same on
    /// all ranks and at most a few KiB, because a plan counts no more for it. Null if the step number is enough.
    /// </summary>
    JsonElement? State => null;

    /// <summary>The micro-batches of a step, or a rank's share of them, with their images. Borrowed until <see cref="Return"/>.</summary>
    /// <param name="step">Counted from one. A run takes each step once, in order.</param>
    /// <param name="share">This rank's share, the same in all steps.</param>
    PreparedBatch[] Take(int step, StepShare share);

    /// <summary>Returns a step's micro-batches after their last pass.</summary>
    /// <param name="batches">The result of <see cref="Take"/>.</param>
    void Return(PreparedBatch[] batches);

    /// <summary>Frees what was prepared for steps that are not taken yet, when memory is short.</summary>
    void ReleasePrefetched() { }

    /// <summary>Epochs finished after a step, including the fraction of the current one; null if there are no epochs.</summary>
    double? EpochAfter(int step) => null;

    /// <summary>Whether a step is the last of its epoch.</summary>
    bool EndsEpoch(int step) => false;

    /// <summary>Continues after a step that an earlier process took.</summary>
    /// <param name="step">The last step taken.</param>
    /// <param name="state">The value of <see cref="State"/> after that step.</param>
    /// <exception cref="Core.InputException">The state was not written by this source.</exception>
    void Restore(int step, JsonElement? state) { }

    /// <summary>Whether a checkpoint's fingerprint matches this source, in the form of this version or an earlier one.</summary>
    bool Matches(string fingerprint) => fingerprint == Fingerprint;

    /// <summary>Writes into a new run's folder what <see cref="DescribeDifference"/> compares with.</summary>
    /// <exception cref="Core.InputException">The folder cannot be written.</exception>
    void Describe(string runFolder) { }

    /// <summary>A short description of how this source differs from the one that the run started with; null if that is unknown.</summary>
    string? DescribeDifference(string runFolder) => null;
}
