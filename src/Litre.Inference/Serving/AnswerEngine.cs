using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Constraints;
using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Hub;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Text;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Inference.Serving;

/// <summary>
/// The engine of a loaded model. One thread owns the model and runs the <see cref="Scheduler"/>; requests are tokenized and their images
/// decoded on other threads before they reach it.
/// </summary>
public sealed class AnswerEngine : IAnswerEngine
{
    /// <summary>Fewer tokens of cache than this are refused.</summary>
    public const int MinCacheTokens = 256;

    private const int MaxCacheTokens = 262144;
    private const double FreeShare = 0.6;
    private const int CudaChunk = 8192,
        CpuChunk = 1024;
    private const int RecordedLength = 2048;

    private readonly CausalModel _model;
    private readonly SampleEncoder? _encoder;
    private readonly IReadOnlySet<int> _stopTokens;
    private readonly IDisposable? _owned;
    private readonly Lazy<ConstraintCompiler>? _constraints;
    private readonly ServingSettings _settings;
    private readonly FeatureCache? _features;
    private readonly SequenceStates _states;
    private readonly Scheduler _scheduler;
    private readonly AdapterStore _adapters;
    private readonly Action<string> _log;
    private readonly SemaphoreSlim _preparing = new(Environment.ProcessorCount);
    private readonly ConcurrentQueue<Action> _commands = [];
    private readonly List<PendingAnswer> _waitingForAdapter = [];
    private readonly AutoResetEvent _signal = new(false);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private int _inFlight;
    private long _promptTokens,
        _cachedTokens,
        _newTokens;
    private int _running;
    private double _cacheUsage;
    private long _steps,
        _replayed;
    private double _meanSeconds = 1;

    /// <summary>Takes a session over, which may have an adapter in slot 0 that is never used.</summary>
    /// <param name="session">Disposed with the engine, on its thread.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="log">Called with one line for each notice.</param>
    /// <exception cref="InputException">A setting is out of range, or the cache does not fit into the device's memory.</exception>
    public AnswerEngine(ModelSession session, ServingSettings settings, Action<string>? log = null)
        : this(session.Model, settings, log)
    {
        (_encoder, _stopTokens, _owned) = (session.Encoder, session.StopTokens, session);
        _constraints = new Lazy<ConstraintCompiler>(() => new ConstraintCompiler(_encoder.Chat.Tokenizer, _stopTokens));
        _thread.Start();
    }

    /// <summary>Continues prompts that are tokenized already (<see cref="ContinueAsync"/>).</summary>
    /// <param name="model">Borrowed; nothing else may use it until the engine is disposed.</param>
    /// <param name="settings">The limits.</param>
    /// <exception cref="InputException">A setting is out of range, or the cache does not fit into the device's memory.</exception>
    public static AnswerEngine Over(CausalModel model, ServingSettings settings)
    {
        var engine = new AnswerEngine(model, settings, log: null);
        engine._thread.Start();
        return engine;
    }

    private AnswerEngine(CausalModel model, ServingSettings settings, Action<string>? log)
    {
        settings.Validate();
        (_model, _settings, _log) = (model, settings, log ?? (_ => { }));
        _stopTokens = new HashSet<int>();
        _features = model.VisionTower is null
            ? null
            : new FeatureCache(model, FeatureCache.DefaultBytes) { EvictsOldest = true, KeepsOnDevice = true };
        var tokens = settings.CacheTokens ?? ChooseCacheTokens(model);
        _states = model.Text.CreateRows(settings.MaxRunning + (settings.PrefixShare > 0 ? settings.MaxRunning : 0), tokens);
        _scheduler = new Scheduler(
            model,
            _features,
            _states,
            new SchedulerSettings
            {
                ChunkTokens = settings.ChunkTokens ?? (model.Device.Type == DeviceType.Cuda ? CudaChunk : CpuChunk),
                PrefixTokens = (int)(settings.PrefixShare * tokens),
                MaxRunning = settings.MaxRunning,
                Replay = settings.Replay,
                RoundsLongest = true,
            }
        );
        var load = new AdapterLoadOptions { AllowOtherBase = settings.AllowOtherBase, Log = _log };
        _adapters = new AdapterStore(model, settings.AdapterBytes, load) { OnDetach = _scheduler.ForgetPrefixes };
        CacheTokens = tokens;
        _thread = new Thread(Run) { IsBackground = true, Name = "engine" };
    }

    /// <summary>Loads a checkpoint, which can take minutes. Its adapters are loaded afterwards.</summary>
    /// <param name="session">The model; an adapter in it is ignored.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="loading">Called with the progress of loading the checkpoint.</param>
    /// <param name="log">Called with one line for each notice.</param>
    /// <exception cref="InputException">The checkpoint or the device cannot be used.</exception>
    public static AnswerEngine Open(
        SessionSettings session,
        ServingSettings settings,
        Action<LoadProgress>? loading = null,
        Action<string>? log = null
    )
    {
        settings.Validate();
        var opened = ModelSession.Open(session with { Adapter = null, FeatureBytes = 0, Disk = null }, loading, log);
        try
        {
            var defaults = GenerationDefaults.Load(ModelFolder.Resolve(session.Model));
            return new AnswerEngine(opened, settings, log) { Defaults = defaults };
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public ModelConfig Config => _model.Config;

    public SampleEncoder Encoder => _encoder ?? throw new InvalidOperationException("this engine has no tokenizer");

    public GenerationSettings Defaults { get; init; } = new();

    /// <summary>Tokens of prompts and answers that the key-value cache holds.</summary>
    public int CacheTokens { get; }

    public IReadOnlyList<ServedAdapter> Adapters => _adapters.List();

    public EngineStatus Status
    {
        get
        {
            var running = Volatile.Read(ref _running);
            return new EngineStatus
            {
                Running = running,
                Waiting = Math.Max(0, Volatile.Read(ref _inFlight) - running),
                CacheUsage = Volatile.Read(ref _cacheUsage),
                PromptTokens = Interlocked.Read(ref _promptTokens),
                CachedTokens = Interlocked.Read(ref _cachedTokens),
                NewTokens = Interlocked.Read(ref _newTokens),
                Steps = Interlocked.Read(ref _steps),
                ReplayedSteps = Interlocked.Read(ref _replayed),
            };
        }
    }

    public int CountTokens(Sample sample) => Encoder.EncodePrompt(sample).Length;

    /// <summary>Records the steps of usual lengths in advance, on a GPU; without it, each is recorded when it is first needed.</summary>
    public Task PrepareAsync(CancellationToken cancel = default) =>
        OnThread(
            () =>
            {
                if (_model.Device.Type == DeviceType.Cuda)
                    _scheduler.RecordSteps(_settings.MaxRunning, Math.Min(RecordedLength, _states.Rows));
                return true;
            },
            cancel
        );

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancel = default)
    {
        request.Settings.Validate();
        var adapter = request.Adapter is { } name ? _adapters.Find(name) : null;
        return AnswerAsync(arrival => Prepare(request, adapter, arrival), cancel);
    }

    /// <summary>Continues a prompt that is tokenized already.</summary>
    /// <param name="prompt">
    /// With pixels, which are freed here, and keys of its images. Its adapter is a slot of the model's bank; null for none.
    /// </param>
    /// <param name="settings">Sampling and stopping.</param>
    /// <param name="scope">Who may share its prefix; null for nobody.</param>
    /// <param name="cancel">Stops the answer.</param>
    /// <returns>One event for each token, without text, and <see cref="AnswerEnd"/>.</returns>
    /// <exception cref="EngineFullException">Too many requests are waiting.</exception>
    public IAsyncEnumerable<AnswerEvent> ContinueAsync(
        ModelSample prompt,
        GenerationSettings settings,
        string? scope = null,
        CancellationToken cancel = default
    ) => AnswerAsync(arrival => new PendingAnswer(prompt, settings, SamplerOf(prompt.Ids, settings), null, scope, null, arrival), cancel);

    private async IAsyncEnumerable<AnswerEvent> AnswerAsync(
        Func<long, PendingAnswer> prepare,
        [EnumeratorCancellation] CancellationToken cancel
    )
    {
        var arrival = Stopwatch.GetTimestamp();
        ObjectDisposedException.ThrowIf(_stopping, this);
        var limit = _settings.MaxRunning + _settings.MaxWaiting;
        if (Interlocked.Increment(ref _inFlight) > limit)
        {
            Interlocked.Decrement(ref _inFlight);
            throw new EngineFullException(_settings.MaxWaiting, RetryAfter());
        }
        PendingAnswer answer;
        try
        {
            await _preparing.WaitAsync(cancel);
            try
            {
                answer = await Task.Run(() => prepare(arrival), cancel);
            }
            finally
            {
                _preparing.Release();
            }
        }
        catch
        {
            Interlocked.Decrement(ref _inFlight);
            throw;
        }
        Send(() => Accept(answer));
        using var registration = cancel.Register(() => Cancel(answer));
        try
        {
            while (await answer.Events.WaitToReadAsync(CancellationToken.None))
            {
                while (answer.Events.TryRead(out var next))
                    yield return next;
            }
        }
        finally
        {
            // Without effect on an answer that has ended.
            Cancel(answer);
        }
    }

    public Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default) =>
        OnThread(() => _adapters.Register(name, path), cancel);

    public Task UnloadAdapterAsync(string name, CancellationToken cancel = default)
    {
        _adapters.Find(name);
        return OnThread(
            () =>
            {
                _adapters.Unregister(name);
                return true;
            },
            cancel
        );
    }

    /// <summary>Ends all answers and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _signal.Set();
        await _stopped.Task;
        _thread.Join();
    }

    private PendingAnswer Prepare(AnswerRequest request, AdapterStore.Entry? adapter, long arrival)
    {
        var tokens = Encoder.EncodePrompt(request.Sample);
        var room = Math.Min(_states.Rows + 1, Config.Text.MaxPositionEmbeddings) - tokens.Length;
        if (room < 1)
            throw new InputException(
                $"the conversation has {tokens.Length} tokens, and it does not fit, with one token of an answer, into "
                    + $"{Math.Min(_states.Rows, Config.Text.MaxPositionEmbeddings)} tokens; shorten it, or use fewer or smaller images"
            );
        var settings = request.Settings with
        {
            StopTokens = new HashSet<int>(request.Settings.StopTokens.Concat(_stopTokens)),
            MaxNewTokens = Math.Min(request.Settings.MaxNewTokens, room),
        };
        var sampler = SamplerOf(tokens.InputIds, settings);
        // Images of different scopes have different keys, so that nothing is shared between them.
        var owner = request.Scope is { } scope ? "scope " + scope : "request " + Guid.NewGuid().ToString("N");
        // Before the pixels, which nobody would free if a key could not be computed.
        string[] keys = [.. tokens.Visuals.Select(v => $"{owner} {v.ContentKey(Encoder.Processor!.Options, Encoder.Limits)}")];
        var sample = SampleLoader.Load(tokens, Encoder) with { Labels = null, ImageKeys = keys };
        return new PendingAnswer(sample, settings, sampler, adapter, request.Scope, Encoder.Chat.Tokenizer.CreateDecoder(), arrival);
    }

    private TokenSampler? SamplerOf(int[] prompt, GenerationSettings settings)
    {
        if (settings.IsPlainGreedy)
            return null;
        var constraint = settings.Format is { } format
            ? (_constraints ?? throw new ArgumentException("an answer of a given form needs a tokenizer")).Value.Create(format)
            : null;
        return new TokenSampler(settings, prompt, settings.Seed, constraint);
    }

    private TimeSpan RetryAfter()
    {
        var rounds = 1 + (double)_settings.MaxWaiting / _settings.MaxRunning;
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(Volatile.Read(ref _meanSeconds) * rounds / 2), 1, 120));
    }

    private void Cancel(PendingAnswer answer)
    {
        if (answer.IsCanceled)
            return;
        answer.Cancel();
        _signal.Set();
    }

    private void Send(Action command)
    {
        _commands.Enqueue(command);
        _signal.Set();
        // The thread may have ended before it could see the command.
        if (_stopped.Task.IsCompleted)
            RunCommands();
    }

    private Task<T> OnThread<T>(Func<T> work, CancellationToken cancel)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(() =>
        {
            if (_stopping || cancel.IsCancellationRequested)
            {
                result.TrySetCanceled(cancel);
                return;
            }
            try
            {
                result.TrySetResult(work());
            }
            catch (Exception e)
            {
                result.TrySetException(e);
            }
        });
        return result.Task;
    }

    // From here on, only the engine's thread.
    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                RunCommands();
                StartWaiting();
                var worked = _scheduler.Step();
                Publish();
                if (!worked)
                    _signal.WaitOne();
            }
            catch (Exception e)
            {
                Recover(e);
            }
        }
        RunCommands();
        _scheduler.CancelAll();
        StartWaiting();
        _scheduler.Dispose();
        _states.Dispose();
        _features?.Dispose();
        _owned?.Dispose();
        _stopped.TrySetResult();
        RunCommands();
    }

    private void RunCommands()
    {
        while (_commands.TryDequeue(out var command))
            command();
    }

    private void Accept(PendingAnswer answer)
    {
        if (answer.Adapter is { IsRemoved: true } removed)
        {
            Leave(answer);
            answer.Fail(new InputException("adapter", removed.Name, "was unloaded", "load it again, or use another one"));
            return;
        }
        _waitingForAdapter.Add(answer);
    }

    // Each request in its order, except those whose adapter has no space yet.
    private void StartWaiting()
    {
        foreach (var answer in _waitingForAdapter.ToList())
        {
            if (answer.IsCanceled || _stopping)
            {
                _waitingForAdapter.Remove(answer);
                Leave(answer);
                answer.Finish();
                continue;
            }
            try
            {
                if (answer.Adapter is { } adapter && !_adapters.TryUse(adapter))
                    continue;
            }
            catch (Exception e)
            {
                _waitingForAdapter.Remove(answer);
                Leave(answer);
                answer.Fail(e);
                continue;
            }
            _waitingForAdapter.Remove(answer);
            _scheduler.Submit(answer.Start(answer.Adapter?.Slot ?? answer.Prompt.Adapter ?? AdapterSelection.NoAdapter, End));
        }
    }

    private void End(PendingAnswer answer)
    {
        if (answer.Adapter is { } adapter)
            _adapters.Release(adapter);
        var task = answer.Task!;
        Interlocked.Add(ref _promptTokens, answer.Prompt.Ids.Length);
        Interlocked.Add(ref _cachedTokens, task.CachedTokens);
        Interlocked.Add(ref _newTokens, task.NewTokens);
        if (task.End is not null)
            Volatile.Write(ref _meanSeconds, 0.9 * _meanSeconds + 0.1 * answer.Seconds);
        Leave(answer);
        if (task.Failure is { } failure)
            answer.Fail(failure);
        else
            answer.Finish();
    }

    private void Leave(PendingAnswer _) => Interlocked.Decrement(ref _inFlight);

    private void Publish()
    {
        Volatile.Write(ref _running, _scheduler.Running.Count);
        Volatile.Write(ref _cacheUsage, (double)(_states.RowsInUse - _scheduler.RetainedTokens) / _states.Rows);
        Interlocked.Exchange(ref _steps, _scheduler.Steps);
        Interlocked.Exchange(ref _replayed, _scheduler.ReplayedSteps);
    }

    // A forward pass failed, such as for lack of memory: what took part in it cannot be continued.
    private void Recover(Exception failure)
    {
        _log($"a forward pass failed, and {_scheduler.Running.Count} answers with it: {failure.Message.ReplaceLineEndings(" ")}");
        _scheduler.FailRunning(failure);
        Publish();
    }

    private static int ChooseCacheTokens(CausalModel model)
    {
        const int Probe = 64;
        var before = MemoryLedger.LiveBytes(model.Device.Type);
        double perToken;
        using (model.Text.CreateRows(1, Probe))
            perToken = (MemoryLedger.LiveBytes(model.Device.Type) - before) / (Probe + 1.0);
        var free =
            model.Device.Type == DeviceType.Cuda && CudaDriver.Of(model.Device) is { } device
                ? CudaDriver.FreeBytes(device)
                : MachineMemory.AvailableBytes() / 4;
        var tokens = (int)Math.Min(MaxCacheTokens, FreeShare * (free ?? 1L << 30) / perToken);
        if (tokens < MinCacheTokens)
            throw new InputException(
                "cache-tokens",
                tokens,
                $"{Units.MiBOrGiB(free ?? 0)} are free after loading, which is too little for the key-value cache",
                "free memory, or choose a smaller model"
            );
        return tokens;
    }
}
