using System.Text.Json;
using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>Reads the JSON of a request.</summary>
internal static class RequestBody
{
    private const int MaxDepth = 64;

    /// <summary>The body, which must be an object; valid until the response is complete.</summary>
    /// <exception cref="ApiException">It is not JSON, not an object, or too large.</exception>
    public static async Task<JsonElement> ReadAsync(HttpContext context)
    {
        var limit = context.RequestServices.GetRequiredService<ServerSettings>().MaxBody;
        if (context.Request.ContentLength > limit)
            throw FailureTranslation.TooLarge(limit);
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(
                context.Request.Body,
                new JsonDocumentOptions { MaxDepth = MaxDepth },
                context.Record().Cancel
            );
        }
        catch (JsonException e)
        {
            throw new ApiException(
                StatusCodes.Status400BadRequest,
                $"the body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}, at most {MaxDepth} levels)",
                code: "invalid_json"
            );
        }
        context.Response.RegisterForDispose(document);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement
            : throw new ApiException(StatusCodes.Status400BadRequest, "the body must be a JSON object", code: "invalid_json");
    }
}
