using System.Runtime.CompilerServices;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Shared;

namespace Litre.Server.ClientHost;

/// <summary>
/// An engine whose answers are written in the question: protocols are tested with answers that no small model would give. What the last
/// turn says decides:
/// <list type="bullet">
/// <item><c>say TEXT</c>: the text, three characters at a time;</item>
/// <item><c>forever</c>: words until the request is canceled;</item>
/// <item><c>fail</c>: two words, then a failure; <c>full</c>: the queue is full;</item>
/// <item>anything else, or the result of a call: the text itself, and the number of images.</item>
/// </list>
/// </summary>
internal sealed class ScriptedEngine : IAnswerEngine
{
    private static readonly string Folder = Path.Combine(Repository.Root, "assets", "litre-nano");

    private readonly SampleEncoder _encoder;
    private readonly List<ServedAdapter> _adapters = [new("drawings", "/adapters/drawings", DateTimeOffset.UtcNow, 1 << 20, true)];
    private int _running;
    private long _newTokens;

    public ScriptedEngine(Func<ChatTemplate, ChatTemplate>? template = null)
    {
        var encoder = SampleEncoder.Load(ModelFamilies.All[0].Format, Folder);
        // Without the small model's limit of positions: its answers are not generated.
        var written = template is null ? encoder.Chat.Template : template(encoder.Chat.Template);
        var chat = new ChatEncoder(encoder.Chat.Tokenizer, written, encoder.Processor!.Options.MergeSize);
        _encoder = new SampleEncoder(chat, encoder.Processor, encoder.Limits);
        Config = ModelConfigs.Load(Folder);
    }

    public ModelConfig Config { get; }

    public SampleEncoder Encoder => _encoder;

    public GenerationSettings Defaults { get; } = new();

    public IReadOnlyList<ServedAdapter> Adapters => _adapters;

    /// <summary>The last request.</summary>
    public AnswerRequest? Last { get; private set; }

    public EngineStatus Status =>
        new()
        {
            Running = Volatile.Read(ref _running),
            Waiting = 0,
            CacheUsage = 0,
            PromptTokens = 0,
            CachedTokens = 0,
            NewTokens = Interlocked.Read(ref _newTokens),
            Steps = 0,
            ReplayedSteps = 0,
        };

    public int CountTokens(Sample sample) => _encoder.EncodePrompt(sample).Length;

    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(
        AnswerRequest request,
        [EnumeratorCancellation] CancellationToken cancel = default
    )
    {
        Last = request;
        request.Settings.Validate();
        var prompt = CountTokens(request.Sample);
        var question = request.Sample.Messages[^1];
        var text = question.Content;
        if (text == "full")
            throw new EngineFullException(256, TimeSpan.FromSeconds(7));
        if (question.Role == Role.Tool || !text.StartsWith("say ", StringComparison.Ordinal) && text is not ("forever" or "fail"))
            text = $"say {text} [{Units.Count(request.Sample.Images.Count, "image")}, {request.Adapter ?? "base"}]";
        Interlocked.Increment(ref _running);
        try
        {
            var tokens = 0;
            var limit = request.Settings.MaxNewTokens;
            string? stop = null;
            foreach (
                var piece in text.StartsWith("say ", StringComparison.Ordinal) ? Pieces(text[4..], request.Settings, out stop) : Words(text)
            )
            {
                cancel.ThrowIfCancellationRequested();
                if (tokens == limit)
                    break;
                tokens++;
                Interlocked.Increment(ref _newTokens);
                yield return new AnswerText(piece, request.Settings.LogProbs ? [Likelihood(piece, request.Settings)] : []);
                await Task.Delay(text == "forever" ? 5 : 0, cancel);
                if (text == "fail" && tokens == 2)
                    throw new InvalidOperationException("the device is lost");
            }
            var reason = tokens == limit ? AnswerEndReason.Length : AnswerEndReason.Stop;
            yield return new AnswerEnd(reason, new AnswerUsage(prompt, prompt / 2, tokens), new AnswerTiming(0.001, 0, 0.002, 0.003))
            {
                StopString = reason == AnswerEndReason.Stop ? stop : null,
            };
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default)
    {
        var adapter = new ServedAdapter(name, path, DateTimeOffset.UtcNow, 1 << 20, true);
        _adapters.RemoveAll(a => a.Name == name);
        _adapters.Add(adapter);
        return Task.FromResult(adapter);
    }

    public Task UnloadAdapterAsync(string name, CancellationToken cancel = default)
    {
        if (_adapters.RemoveAll(a => a.Name == name) == 0)
            throw new InputException("adapter", name, "there is no adapter of this name", null);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IEnumerable<string> Pieces(string text, GenerationSettings settings, out string? stop)
    {
        stop = settings
            .StopStrings.Where(s => text.Contains(s, StringComparison.Ordinal))
            .MinBy(s => text.IndexOf(s, StringComparison.Ordinal));
        if (stop is not null)
            text = text[..text.IndexOf(stop, StringComparison.Ordinal)];
        return Enumerable.Range(0, (text.Length + 2) / 3).Select(i => text.Substring(3 * i, Math.Min(3, text.Length - 3 * i)));
    }

    private static IEnumerable<string> Words(string text)
    {
        while (true)
            yield return text + " ";
    }

    private TokenLogProb Likelihood(string piece, GenerationSettings settings)
    {
        var token = _encoder.Chat.Tokenizer.Encode(piece)[0];
        return new TokenLogProb(token, -0.25, [.. Enumerable.Range(0, settings.TopLogProbs).Select(i => (token + i, -0.25 - i))]);
    }
}
