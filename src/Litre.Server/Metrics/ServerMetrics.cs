using System.Diagnostics;
using Litre.Inference.Serving;
using Litre.Torch;

namespace Litre.Server.Metrics;

/// <summary>
/// What a monitoring system reads: vLLM's names where it has them. Numbers of the whole server only, nothing of a request's content or
/// key. Thread-safe.
/// </summary>
/// <param name="model">The name of the base model.</param>
internal sealed class ServerMetrics(string model)
{
    private readonly Lock _lock = new();
    private readonly Histogram _firstToken = new(.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60);
    private readonly Histogram _latency = new(.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600);
    private readonly Histogram _queue = new(.01, .05, .1, .5, 1, 5, 10, 30, 60, 300);
    private readonly Histogram _preparation = new(.005, .01, .025, .05, .1, .25, .5, 1, 5);
    private readonly SortedDictionary<string, long> _ended = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, long> _responses = [];
    private readonly SortedDictionary<string, int> _running = new(StringComparer.Ordinal);

    /// <summary>A response was sent.</summary>
    public void AddResponse(int status) => Add(_responses, status);

    /// <summary>An answer is requested from the engine.</summary>
    public void Begin(string? adapter)
    {
        if (adapter is null)
            return;
        lock (_lock)
            _running[adapter] = _running.GetValueOrDefault(adapter) + 1;
    }

    /// <summary>The engine has nothing more to do for an answer.</summary>
    public void Leave(string? adapter)
    {
        if (adapter is null)
            return;
        lock (_lock)
        {
            if (--_running[adapter] == 0)
                _running.Remove(adapter);
        }
    }

    /// <summary>An answer is complete.</summary>
    public void Complete(AnswerEnd end)
    {
        Add(_ended, end.Reason == AnswerEndReason.Length ? "length" : "stop");
        _firstToken.Observe(end.Timing.FirstToken);
        _latency.Observe(end.Timing.Total);
        _queue.Observe(end.Timing.Queue);
        _preparation.Observe(end.Timing.Preparation);
    }

    /// <summary>All metrics, in Prometheus' text form.</summary>
    /// <param name="engine">The state of the engine; null while it is loaded.</param>
    public string Write(EngineStatus? engine)
    {
        var text = new PrometheusText();
        var label = ("model_name", model);
        if (engine is not null)
            WriteEngine(text, engine, label);
        text.AddHistogram("vllm:time_to_first_token_seconds", "From a request's arrival to its first token.", _firstToken, label);
        text.AddHistogram("vllm:e2e_request_latency_seconds", "From a request's arrival to its last token.", _latency, label);
        text.AddHistogram("vllm:request_queue_time_seconds", "Waiting until the engine started a request.", _queue, label);
        text.AddHistogram("litre:request_preparation_seconds", "Decoding images and tokenizing.", _preparation, label);
        text.Begin("vllm:request_success_total", "counter", "Complete answers by why they ended.");
        foreach (var (reason, count) in Copy(_ended))
            text.Add("vllm:request_success_total", count, label, ("finished_reason", reason));
        text.Begin("litre:http_responses_total", "counter", "Responses by status.");
        foreach (var (status, count) in Copy(_responses))
            text.Add("litre:http_responses_total", count, ("status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        WriteProcess(text);
        return text.ToString();
    }

    private void WriteEngine(PrometheusText text, EngineStatus engine, (string, string) label)
    {
        text.AddOne("vllm:num_requests_running", "gauge", "Requests that are being answered.", engine.Running, label);
        text.AddOne("vllm:num_requests_waiting", "gauge", "Requests that wait.", engine.Waiting, label);
        text.AddOne("vllm:kv_cache_usage_perc", "gauge", "Reserved part of the key-value cache; 1 is all.", engine.CacheUsage, label);
        text.AddOne("vllm:prompt_tokens_total", "counter", "Tokens of prompts.", engine.PromptTokens, label);
        text.AddOne("vllm:generation_tokens_total", "counter", "Tokens of answers.", engine.NewTokens, label);
        text.AddOne("vllm:prefix_cache_queries_total", "counter", "Tokens looked up in the prefix cache.", engine.PromptTokens, label);
        text.AddOne("vllm:prefix_cache_hits_total", "counter", "Tokens found there.", engine.CachedTokens, label);
        text.AddOne("litre:forward_passes_total", "counter", "Forward passes.", engine.Steps, label);
        text.AddOne("litre:replayed_passes_total", "counter", "Forward passes that replayed a recorded step.", engine.ReplayedSteps, label);
        text.AddOne(
            "vllm:lora_requests_info",
            "gauge",
            "Adapters of the requests that the engine has; the value is the time.",
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
            ("running_lora_adapters", string.Join(',', Copy(_running).Select(r => r.Key)))
        );
    }

    private static void WriteProcess(PrometheusText text)
    {
        using var process = Process.GetCurrentProcess();
        text.AddOne("process_resident_memory_bytes", "gauge", "Resident memory.", process.WorkingSet64);
        text.AddOne("process_cpu_seconds_total", "counter", "Processor time.", process.TotalProcessorTime.TotalSeconds);
        if (Directory.Exists("/proc/self/fd"))
            text.AddOne("process_open_fds", "gauge", "Open files and sockets.", Directory.EnumerateFiles("/proc/self/fd").Count());
        text.AddOne("litre:managed_memory_bytes", "gauge", "Memory of .NET's heap.", GC.GetTotalMemory(forceFullCollection: false));
        text.Begin("litre:tensor_memory_bytes", "gauge", "Memory of live tensors.");
        text.Add("litre:tensor_memory_bytes", MemoryLedger.LiveBytes(DeviceType.Cpu), ("device", "cpu"));
        text.Add("litre:tensor_memory_bytes", MemoryLedger.LiveBytes(DeviceType.Cuda), ("device", "cuda"));
    }

    private void Add<T>(SortedDictionary<T, long> counts, T key)
        where T : notnull
    {
        lock (_lock)
            counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private List<KeyValuePair<TKey, TValue>> Copy<TKey, TValue>(SortedDictionary<TKey, TValue> counts)
        where TKey : notnull
    {
        lock (_lock)
            return [.. counts];
    }
}
