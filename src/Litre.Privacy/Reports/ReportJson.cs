using System.Text.Json;
using Litre.Core.Json;

namespace Litre.Privacy.Reports;

/// <summary>The report as JSON.</summary>
public static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new(JsonText.Indented)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static string Write(PrivacyReport report) => JsonSerializer.Serialize(report, Options);
}
