using System.Text;
using System.Text.Json;
using Litre.Core.Files;
using Litre.Machine.Sensors;
using Litre.Training.Checkpoints;
using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>
/// Writes <c>metrics.jsonl</c>: one JSON object per line, with <c>type</c> step, validation, checkpoint, message or end, a time and the
/// step. A resumed run first removes the lines of steps after its checkpoint, so that the file describes a single run. Numbers that
/// JSON cannot represent are the strings NaN, Infinity and -Infinity.
/// </summary>
/// <param name="runFolder">The folder of the file.</param>
/// <param name="clock">Null for the system clock.</param>
public sealed class MetricsLog(string runFolder, TimeProvider? clock = null) : ITuneObserver, IDisposable
{
    public const string FileName = RunFolder.MetricsName;

    private readonly string _path = Path.Combine(runFolder, FileName);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private RunFile? _file;
    private int _step;

    public void OnStart(TuneStart start)
    {
        _step = start.FirstStep - 1;
        var before = File.Exists(_path) ? LinesBefore(start.FirstStep, File.ReadLines(_path), start.ValidationDue) : "";
        if (File.Exists(_path))
            AtomicFile.WriteText(_path, before);
        _file = new RunFile(_path);
        // If a process was killed between a checkpoint and the line about it, this one writes the line.
        if (_step > 0 && !before.Contains($"{{\"type\":\"checkpoint\",\"step\":{_step},", StringComparison.Ordinal))
            OnCheckpoint(CheckpointDirectory.NameOf(_step), _step);
    }

    public void OnStep(StepRecord step)
    {
        _step = step.Step;
        Write(
            "step",
            json =>
            {
                json.WriteNumber("total_steps", step.TotalSteps);
                if (step.Epoch is { } epoch)
                    Number(json, "epoch", epoch);
                Number(json, "loss", step.Loss);
                Number(json, "gradient_norm", step.GradientNorm);
                Number(json, "learning_rate", step.LearningRate);
                json.WriteNumber("tokens", step.Tokens);
                json.WriteNumber("answer_tokens", step.AnswerTokens);
                Number(json, "seconds", step.Seconds);
                Number(json, "tokens_per_second", step.TokensPerSecond);
                if (step.Machine is { } machine)
                    WriteMachine(json, machine);
            }
        );
    }

    public void OnValidation(ValidationRecord validation) =>
        Write(
            "validation",
            json =>
            {
                Number(json, "loss", validation.Loss);
                json.WriteBoolean("best", validation.Best);
                if (validation.BaseLoss is { } baseLoss)
                {
                    Number(json, "base_loss", baseLoss);
                    json.WriteBoolean("worse_than_base", validation.IsWorseThanBase);
                }
                Number(json, "seconds", validation.Seconds);
            },
            validation.Step
        );

    public void OnCheckpoint(string folder, int step) =>
        Write("checkpoint", json => json.WriteString("folder", Path.GetFileName(folder)), step);

    public void OnMessage(string text) => Write("message", json => json.WriteString("text", text));

    public void OnEnd(TuneEnd end) =>
        Write(
            "end",
            json =>
            {
                json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(end.Reason.ToString()));
                json.WriteString("last_checkpoint", Path.GetFileName(end.LastCheckpoint));
                json.WriteString("best_checkpoint", Path.GetFileName(end.BestCheckpoint));
                if (end.BestLoss is { } loss)
                    Number(json, "best_loss", loss);
                else
                    json.WriteNull("best_loss");
                if (end.BaseLoss is { } baseLoss)
                {
                    Number(json, "base_loss", baseLoss);
                    json.WriteBoolean("worse_than_base", end.IsWorseThanBase);
                }
                if (end.Failure is { } failure)
                    json.WriteString("failure", failure);
            },
            end.LastStep
        );

    public void Dispose() => _file?.Dispose();

    /// <summary>
    /// The lines of a run up to the step before <paramref name="firstStep"/>, without end records and incomplete lines.
    /// </summary>
    /// <param name="firstStep">The next one.</param>
    /// <param name="lines">All lines of the file.</param>
    /// <param name="revalidates">Whether the validation after the last kept step is repeated.</param>
    internal static string LinesBefore(int firstStep, IEnumerable<string> lines, bool revalidates = false)
    {
        var kept = new StringBuilder();
        if (firstStep <= 1)
            return "";
        foreach (var line in lines)
        {
            if (IsBefore(firstStep, line, revalidates))
                kept.Append(line).Append('\n');
        }
        return kept.ToString();
    }

    private static bool IsBefore(int firstStep, string line, bool revalidates)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("step", out var step)
                && step.TryGetInt32(out var number)
                && number < firstStep
                && root.TryGetProperty("type", out var type)
                && !type.ValueEquals("end")
                && !(revalidates && number == firstStep - 1 && type.ValueEquals("validation"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // incomplete after a power cut
        }
    }

    private void Write(string type, Action<Utf8JsonWriter> fields, int? step = null)
    {
        using var buffer = new MemoryStream();
        using (
            var json = new Utf8JsonWriter(
                buffer,
                new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            )
        )
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("step", step ?? _step);
            json.WriteString("time", _clock.GetUtcNow().UtcDateTime);
            fields(json);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        // Messages before the start belong to no step yet; log.txt contains them.
        _file?.Append(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteMachine(Utf8JsonWriter json, MachineReading machine)
    {
        json.WriteStartObject("machine");
        if (machine.DeviceUsedBytes is { } used)
            json.WriteNumber("device_used_bytes", used);
        if (machine.DeviceTotalBytes is { } total)
            json.WriteNumber("device_total_bytes", total);
        if (machine.GpuBusyPercent is { } busy)
            json.WriteNumber("gpu_busy_percent", busy);
        if (machine.TemperatureC is { } temperature)
            json.WriteNumber("temperature_c", temperature);
        if (machine.PowerWatts is { } power)
            json.WriteNumber("power_watts", power);
        json.WriteNumber("process_bytes", machine.ProcessBytes);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteString(
                name,
                double.IsNaN(value) ? "NaN"
                    : value > 0 ? "Infinity"
                    : "-Infinity"
            );
    }
}
