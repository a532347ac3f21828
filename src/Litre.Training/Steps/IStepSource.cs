using System.Text.Json;

namespace Litre.Training.Steps;

/// <summary>
/// Where the micro-batches of a run's steps come from. A step need not exist before it is taken: its samples may be made
/// then, with the model as it stands. Not thread-safe.
/// </summary>
public interface IStepSource : IDisposable
{
    /// <summary>Of the whole run.</summary>
    int TotalSteps { get; }

    /// <summary>Samples of an epoch; null where the steps are not made of a fixed set.</summary>
    int? EpochSamples { get; }

    /// <summary>Whether any step may show images.</summary>
    bool HasImages { get; }

    /// <summary>Identifies what the source delivers. Stands in checkpoints: a run is resumed only where it matches.</summary>
    string Fingerprint { get; }

    /// <summary>
    /// What the source must know to go on after the last step that was taken, beyond that step's number: small, a few KiB at
    /// most, since a plan counts no more for it, and the same on all ranks. Null where the number is enough.
    /// </summary>
    JsonElement? State => null;

    /// <summary>The micro-batches of a step, or a rank's share of them, with their images. Borrowed until <see cref="Return"/>.</summary>
    /// <param name="step">Counted from one. A run takes each step once, in order.</param>
    /// <param name="share">Which of them, the same in all steps.</param>
    PreparedBatch[] Take(int step, StepShare share);

    /// <summary>Gives a step's micro-batches back after their last pass.</summary>
    /// <param name="batches">What <see cref="Take"/> gave.</param>
    void Return(PreparedBatch[] batches);

    /// <summary>Frees what was made ready for steps that are not taken yet, where memory is short.</summary>
    void ReleasePrefetched() { }

    /// <summary>Epochs finished after a step, with the fraction of the running one; null where there are no epochs.</summary>
    double? EpochAfter(int step) => null;

    /// <summary>Whether a step is the last of its epoch.</summary>
    bool EndsEpoch(int step) => false;

    /// <summary>Goes on after a step that an earlier process took.</summary>
    /// <param name="step">The last step taken.</param>
    /// <param name="state">What <see cref="State"/> was after it.</param>
    /// <exception cref="Core.InputException">The state is not one of this source's.</exception>
    void Restore(int step, JsonElement? state) { }

    /// <summary>Whether a checkpoint's fingerprint is this source's, in the form of this version or an earlier one.</summary>
    bool Matches(string fingerprint) => fingerprint == Fingerprint;

    /// <summary>Leaves in a new run's folder what <see cref="DescribeDifference"/> compares with.</summary>
    /// <exception cref="Core.InputException">The folder cannot be written.</exception>
    void Describe(string runFolder) { }

    /// <summary>How this source differs from the one that the run began with, in a few words; null where nothing tells.</summary>
    string? DescribeDifference(string runFolder) => null;
}
