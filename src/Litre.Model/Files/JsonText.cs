using System.Text.Encodings.Web;
using System.Text.Json;

namespace Litre.Model.Files;

/// <summary>How Litre writes JSON: indented by two blanks, text as it is, as Python's tools do.</summary>
internal static class JsonText
{
    internal static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
