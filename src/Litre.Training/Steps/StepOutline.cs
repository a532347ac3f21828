using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>
/// What a plan must know of the steps of a run before there is a model to take them with: how large they can be and what they are
/// like. Samples are without their pixels. The steps themselves need not be known.
/// </summary>
public sealed record StepOutline
{
    /// <summary>The micro-batches that could need the most memory.</summary>
    public required IReadOnlyList<ModelSample[]> Candidates { get; init; }

    /// <summary>The micro-batches of a step as most are.</summary>
    public required ModelSample[][] TypicalStep { get; init; }

    public required int TotalSteps { get; init; }

    /// <summary>Steps until images are seen again.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Tokens of these steps.</summary>
    public required long TokensPerEpoch { get; init; }

    /// <summary>Most patches of images that are ready at once: while a step computes, the next one's may be made ready.</summary>
    public required long PrefetchedPatches { get; init; }

    /// <summary>Most patches of one step, whose images are ready while held-out samples are computed.</summary>
    public required long StepPatches { get; init; }

    /// <summary>Samples that the run leaves out: too long for a pass, or without an answer.</summary>
    public int LeftOut { get; init; }

    /// <summary>Patches that lie ready for a step: images that several samples show are loaded once.</summary>
    public static long LoadedPatches(IReadOnlyCollection<ModelSample> samples) =>
        samples.Where(s => s.ImageKeys is null).Sum(s => s.Grids.Sum(g => (long)g.Patches))
        + samples.Where(s => s.ImageKeys is not null).DistinctBy(s => s.ImageSetKey).Sum(s => s.Grids.Sum(g => (long)g.Patches));
}
