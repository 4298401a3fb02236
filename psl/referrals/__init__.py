"""kynect On Demand referrals: from a resident's request to a completed call-back."""
