using Litre.Server.Errors;
using Litre.Server.Streaming;

namespace Litre.Server.Requests;

/// <summary>Reports failures of answers that have begun to be sent, whose status cannot change any more.</summary>
internal sealed class StreamFailures(FailureTranslation failures, ErrorWriter errors, AuditTrail audit)
{
    /// <summary>Sends a failure as the last event, and records it. A client that has left gets nothing.</summary>
    /// <param name="context">The request.</param>
    /// <param name="failure">What happened.</param>
    /// <param name="name">The name of the event; null for none.</param>
    /// <exception cref="ApiException">The client has left.</exception>
    public async Task ReportAsync(HttpContext context, Exception failure, string? name = null)
    {
        var record = context.Record();
        var error = failures.Translate(failure, context);
        if (error.Status == ApiException.ClientClosedRequest)
            throw error;
        record.End = error.Code == "timeout" ? "timeout" : "error";
        try
        {
            await audit.WriteAsync(record, context.Request.Path, error.Status);
        }
        catch (ApiException unwritten)
        {
            error = unwritten;
        }
        // The request's own time may be over, which must not keep its client from being told.
        await new EventStream(context.Response, context.RequestAborted).WriteAsync(
            errors.Body(context.Request.Path, error, record.Id),
            name
        );
    }
}
