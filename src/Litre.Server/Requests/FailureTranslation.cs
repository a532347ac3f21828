using Litre.Core;
using Litre.Inference.Serving;
using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>Turns any failure of a request into what its client is told.</summary>
internal sealed class FailureTranslation(EngineHost host, ServerSettings settings, ILogger<FailureTranslation> logger)
{
    // Fields of requests whose names differ from those of the settings.
    private static readonly Dictionary<string, string> Fields = new() { ["max-new-tokens"] = "max_tokens", ["adapter"] = "model" };

    /// <summary>The error for a failure. A client that has left gets none, but its status is known.</summary>
    public ApiException Translate(Exception failure, HttpContext context)
    {
        var record = context.Record();
        switch (failure)
        {
            case ApiException known:
                return known;
            case InputException { Setting: "adapter" }:
                return ApiException.ModelNotFound(record.Adapter ?? "");
            case InputException input:
                return new ApiException(
                    StatusCodes.Status400BadRequest,
                    Describe(input),
                    input.Setting is { } setting ? Field(setting) : null
                );
            case EngineFullException full:
                return new ApiException(
                    StatusCodes.Status429TooManyRequests,
                    $"{full.Message}; try again in a few seconds",
                    code: "queue_full"
                )
                {
                    RetryAfter = full.RetryAfter,
                };
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return TooLarge(settings.MaxBody);
            case BadHttpRequestException bad:
                return new ApiException(bad.StatusCode, "the request is not complete, or not valid HTTP", code: "bad_request");
        }
        if (context.RequestAborted.IsCancellationRequested)
            return new ApiException(ApiException.ClientClosedRequest, "the client closed the connection", code: "canceled");
        if (record.Cancel.IsCancellationRequested)
            return new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                $"the request took longer than {settings.Timeout.TotalSeconds:0} s, the limit of this server; ask for fewer tokens",
                code: "timeout"
            );
        if (failure is OperationCanceledException or ObjectDisposedException && !host.IsReady)
            return new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                "the server is stopping; send the request again later",
                code: "stopping"
            );
        // A message may quote the request, so the log gets the place alone.
        logger.LogError("Request {RequestId} failed: {Failure}\n{Trace}", record.Id, failure.GetType().FullName, failure.StackTrace);
        return new ApiException(
            StatusCodes.Status500InternalServerError,
            $"internal error; the server's log describes it under the request {record.Id}",
            code: "internal_error"
        );
    }

    public static ApiException TooLarge(long limit) =>
        new(
            StatusCodes.Status413PayloadTooLarge,
            $"the body is larger than {limit} bytes, which is the limit of this server; send fewer or smaller images",
            code: "body_too_large"
        );

    // Fields of requests are no settings, so their names are written without quotes.
    private static string Describe(InputException input)
    {
        var text = input.Remedy is null ? input.Reason : $"{input.Reason}; {input.Remedy}";
        if (input.Setting is { } setting)
            text = $"{Field(setting)}{(string.IsNullOrEmpty(input.Value) ? "" : " " + input.Value)}: {text}";
        return SettingName.Render(text, _ => true, (name, value) => value.Length == 0 ? Field(name) : $"{Field(name)} {value}");
    }

    private static string Field(string setting) => Fields.GetValueOrDefault(setting) ?? setting.Replace('-', '_');
}
