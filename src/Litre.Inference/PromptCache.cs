using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Text;

namespace Litre.Inference;

/// <summary>
/// The layer states of the tokens that a model read and wrote last, for a prompt that starts with the same tokens: the next turn of a
/// conversation computes only what is new. It belongs to one model whose weights and adapters do not change. Not thread-safe.
/// </summary>
/// <remarks>
/// The states are kept as they were computed: an answer's tokens one at a time, the prompt's all at once. In bf16 these are rounded
/// differently, so an answer may differ from one that is computed from the start.
/// </remarks>
/// <param name="model">Borrowed.</param>
public sealed class PromptCache(CausalModel model) : IDisposable
{
    private SequenceStates? _states;
    private ModelSample _cached = EmptyPrompt; // without pixels

    private static ModelSample EmptyPrompt => new([], null, [], null) { ImageKeys = [] };

    /// <summary>The number of tokens in the cache.</summary>
    public int Length => _cached.Ids.Length;

    /// <summary>
    /// How many of a prompt's first tokens, with the same images, are in the cache and were computed with its adapter, as far as the
    /// layers can be rewound to their end. The last token is never counted, because its output is needed.
    /// </summary>
    public int SharedPrefixLength(ModelSample prompt)
    {
        if (SlotOf(prompt) != SlotOf(_cached))
            return 0;
        return _states is null ? 0 : PrefixMatch.Length(_cached, _states, 0, prompt, model.Config);
    }

    /// <summary>Clears the cache and frees its memory.</summary>
    public void Clear()
    {
        _states?.Dispose();
        _states = null;
        _cached = EmptyPrompt;
    }

    public void Dispose() => Clear();

    private int SlotOf(ModelSample sample) => sample.Adapter ?? model.Adapters.DefaultSlot;

    /// <summary>The states of one sequence, reduced to its first tokens. The cache counts as empty until <see cref="Store"/>.</summary>
    /// <param name="tokens">At most <see cref="SharedPrefixLength"/>.</param>
    /// <param name="capacity">The number of tokens for which they need space.</param>
    internal SequenceStates Acquire(int tokens, int capacity)
    {
        _cached = EmptyPrompt;
        _states ??= model.Text.CreateStates(1, capacity);
        _states.Truncate(0, tokens);
        _states.Grow(capacity);
        return _states;
    }

    /// <summary>Records which tokens the states contain.</summary>
    /// <param name="prompt">Whole.</param>
    /// <param name="answer">The tokens after it; the last may not have been read.</param>
    internal void Store(ModelSample prompt, int[] answer) =>
        _cached = new ModelSample([.. prompt.Ids.Concat(answer).Take(_states!.Length(0))], null, prompt.Grids, null)
        {
            ImageKeys = prompt.ImageKeys ?? [.. prompt.Grids.Select(_ => "")],
            Adapter = prompt.Adapter,
        };
}
