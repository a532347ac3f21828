using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>
/// What a plan needs to know about the steps of a run before a model exists: how large they can be and what a typical one is like.
/// Samples have no pixels. The steps themselves need not be known.
/// </summary>
public sealed record StepOutline
{
    /// <summary>The micro-batches that could need the most memory.</summary>
    public required IReadOnlyList<ModelSample[]> Candidates { get; init; }

    /// <summary>The micro-batches of a typical step.</summary>
    public required ModelSample[][] TypicalStep { get; init; }

    public required int TotalSteps { get; init; }

    /// <summary>Steps until the same images occur again.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Tokens of these steps.</summary>
    public required long TokensPerEpoch { get; init; }

    /// <summary>
    /// The maximum number of image patches that are loaded at the same time: while a step computes, those of the next one may be
    /// prepared.
    /// </summary>
    public required long PrefetchedPatches { get; init; }

    /// <summary>The maximum number of patches of one step, whose images are loaded while held-out samples are computed.</summary>
    public required long StepPatches { get; init; }

    /// <summary>Samples that the run skips: too long for a pass, or without an answer.</summary>
    public int LeftOut { get; init; }

    /// <summary>Patches that are loaded for a step: images that several samples share are loaded once.</summary>
    public static long LoadedPatches(IReadOnlyCollection<ModelSample> samples) =>
        samples.Where(s => s.ImageKeys is null).Sum(s => s.Grids.Sum(g => (long)g.Patches))
        + samples.Where(s => s.ImageKeys is not null).DistinctBy(s => s.ImageSetKey).Sum(s => s.Grids.Sum(g => (long)g.Patches));
}
