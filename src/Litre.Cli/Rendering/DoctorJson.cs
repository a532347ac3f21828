using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Machine.Doctor;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Cli.Rendering;

/// <summary>The findings of the doctor as machine-readable JSON.</summary>
internal static class DoctorJson
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(
        DiagnosisResult result,
        Device device,
        LibtorchInfo? loaded,
        IReadOnlyList<LoadAttempt> attempts,
        IReadOnlyList<CudaDeviceInfo> devices
    )
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", result.IsReady);
            json.WriteBoolean("engine_runs", result.EngineRuns);
            json.WriteString("verdict", result.Verdict);
            json.WriteNumber("seconds", result.Seconds);
            json.WriteStartArray("findings");
            foreach (var finding in result.Findings)
                Write(json, finding);
            json.WriteEndArray();
            if (result.EngineRuns)
                json.WriteString("operators_on", device.ToString());
            json.WriteStartArray("operators");
            foreach (var row in result.Operators)
                Write(json, row);
            json.WriteEndArray();
            EngineReport.WriteProperties(json, loaded, attempts, devices);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("group", finding.Group.ToString().ToLowerInvariant());
        json.WriteString("name", finding.Name);
        json.WriteString("verdict", finding.Level.ToString().ToLowerInvariant());
        json.WriteString("seen", OptionText.Render(finding.Evidence));
        json.WriteString("to_do", finding.Advice is { } advice ? OptionText.Render(advice) : null);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OperatorRow row)
    {
        json.WriteStartObject();
        json.WriteString("family", row.Family);
        json.WriteString("operator", row.Operator);
        json.WriteString("dtype", row.DType.Name());
        json.WriteString("path", row.Path.Name);
        json.WriteBoolean("fallback", row.Path.IsFallback);
        // JSON has no infinity, which a NaN in the result counts as.
        if (double.IsFinite(row.Error))
            json.WriteNumber("error", row.Error);
        else
            json.WriteNull("error");
        json.WriteNumber("tolerance", row.Tolerance);
        json.WriteBoolean("ok", row.Ok);
        json.WriteString("failure", row.Failure is { } failure ? OptionText.Render(failure) : null);
        json.WriteEndObject();
    }
}
