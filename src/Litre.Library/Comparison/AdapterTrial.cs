using Litre.Data.Packing;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Library.Entries;
using Litre.Model.Layers;
using Litre.Model.Lora;

namespace Litre.Library.Comparison;

/// <summary>
/// Several adapters, and the base model, answer the same questions: the model is loaded once, and each adapter has a slot. Not
/// thread-safe.
/// </summary>
/// <param name="session">The model, without adapters.</param>
/// <param name="settings">How answers are generated and compared.</param>
public sealed class AdapterTrial(ModelSession session, EvaluationSettings settings)
{
    private readonly Dictionary<string, IReadOnlyList<SampleOutcome>> _outcomes = new(StringComparer.Ordinal);

    /// <summary>Answers all questions with each adapter.</summary>
    /// <param name="samples">The questions, with their answers.</param>
    /// <param name="adapters">The adapters' folders by name; the folder of <see cref="AdapterReference.Base"/> is not used.</param>
    /// <param name="options">Whether adapters of another base are accepted.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancel">Stops between batches and between tokens.</param>
    /// <exception cref="Core.InputException">An adapter does not fit the model, or an image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Measure(
        IReadOnlyList<TokenizedSample> samples,
        IReadOnlyList<(string Name, string Folder)> adapters,
        AdapterLoadOptions options,
        Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        Samples = samples;
        // All are loaded before the first question, so that an adapter that does not fit is refused at once.
        var slots = adapters
            .Select(a =>
                a.Name == AdapterReference.Base
                    ? AdapterSelection.None
                    : AdapterSelection.Of(AdapterFiles.Load(session.Model, a.Folder, options).Slot)
            )
            .ToList();
        var evaluator = new Evaluator(session, settings);
        for (var i = 0; i < adapters.Count; i++)
            _outcomes[adapters[i].Name] = evaluator.Measure(samples, adapters[i].Name, progress, cancel, slots[i]);
    }

    /// <summary>The questions.</summary>
    public IReadOnlyList<TokenizedSample> Samples { get; private set; } = [];

    /// <summary>Compares two of the adapters: <c>Base</c> is the first and <c>Tuned</c> the second in the result.</summary>
    public EvaluationResult Compare(string a, string b) => EvaluationResult.Of(Samples, _outcomes[a], _outcomes[b], settings);
}
