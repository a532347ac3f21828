using Litre.Inference.Sampling;
using Litre.Model;

namespace Litre.Inference.Scheduling;

/// <summary>A prompt that a <see cref="Scheduler"/> continues. Used by the scheduler's thread alone.</summary>
/// <param name="prompt">The prompt, with its adapter. Its images are borrowed until the prompt has been read.</param>
/// <param name="settings">Stop tokens, and the form of sampling.</param>
/// <param name="sampler">Chooses the tokens; null for the most likely ones.</param>
internal sealed class GenerationTask(ModelSample prompt, GenerationSettings settings, TokenSampler? sampler)
{
    private readonly List<int> _answer = [];

    public ModelSample Prompt { get; } = prompt;

    public GenerationSettings Settings { get; } = settings;

    public TokenSampler? Sampler { get; } = sampler;

    /// <summary>The slot of its adapter, or that of none.</summary>
    public int Adapter { get; } = prompt.Adapter ?? throw new ArgumentException("the prompt selects no adapter");

    /// <summary>Who may share its prefix; null for nobody.</summary>
    public string? Scope { get; init; }

    /// <summary>Called with each token that belongs to the answer; returns false to end it.</summary>
    public Func<SampledToken, bool>? OnToken { get; init; }

    /// <summary>Called when it gets its sequence.</summary>
    public Action? OnStart { get; init; }

    /// <summary>Called once when it leaves the scheduler: finished, canceled or failed.</summary>
    public Action<GenerationTask>? OnEnd { get; init; }

    /// <summary>Called when its prompt has been read, so that its images are no longer needed.</summary>
    public Action? OnPromptRead { get; init; }

    /// <summary>Set by any thread: it ends before the next step.</summary>
    public volatile bool IsCanceled;

    /// <summary>The tokens so far, without the stop token.</summary>
    public IReadOnlyList<int> Answer => _answer;

    /// <summary>Tokens generated, the stop token included.</summary>
    public int NewTokens { get; private set; }

    /// <summary>Why it ended; null before that, or if it was canceled.</summary>
    public TaskEnd? End { get; private set; }

    /// <summary>What made its forward pass fail; otherwise null.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Prompt tokens that were copied from an earlier sequence.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Its sequence in the states; null if it waits.</summary>
    public int? Sequence { get; set; }

    /// <summary>Whether its sequence stays open when it ends.</summary>
    public bool KeepsSequence { get; init; }

    /// <summary>Prompt tokens that have been read.</summary>
    public int Read { get; set; }

    /// <summary>The position of the next token.</summary>
    public int NextPosition { get; set; }

    public bool IsPromptRead => Read == Prompt.Ids.Length;

    /// <summary>Rows that it needs: the last token of an answer is never read.</summary>
    public int Rows => Prompt.Ids.Length + Settings.MaxNewTokens - 1;

    public bool IsDone => End is not null || IsCanceled;

    /// <summary>The tokens whose states its sequence has.</summary>
    public int[] TokensRead(int length) => [.. Prompt.Ids.Concat(_answer).Take(length)];

    /// <summary>Adds a token.</summary>
    public void Add(SampledToken token)
    {
        NewTokens++;
        if (Settings.StopTokens.Contains(token.Token))
        {
            End = TaskEnd.Stop;
            return;
        }
        _answer.Add(token.Token);
        if (OnToken?.Invoke(token) == false)
            End = TaskEnd.Stop;
        else if (_answer.Count == Settings.MaxNewTokens)
            End = TaskEnd.Length;
    }
}
